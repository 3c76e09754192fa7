import { succeeded } from "../../src/client/operator/succeeded.ts";
import { EndSessionsOfUser } from "../documents/sessions.ts";
import type { Terminal } from "../terminal.ts";

/** Asks for confirmation, then ends every session of a user. */
export async function endSessions(
  { api, confirm }: Terminal,
  userId: string,
  name: string,
): Promise<string | undefined> {
  if (!await confirm(`End all sessions of ${name}?`)) return;
  succeeded((await api.client.request(EndSessionsOfUser, { userId })).revokeUserSessions, "Done");
  return `All sessions of ${name} have ended`;
}
