import { succeeded } from "../../src/client/operator/succeeded.ts";
import { EndSessionsOfUser } from "../documents/sessions.ts";
import type { Terminal } from "../terminal.ts";

/** Asks for confirmation, then ends every session of a user. */
export async function endSessions(
  terminal: Terminal,
  userId: string,
  name: string,
): Promise<string | undefined> {
  if (!await terminal.confirm(`End all sessions of ${name}?`)) return;
  await endSessionsOf(terminal, userId);
  return `All sessions of ${name} have ended`;
}

/** Ends every session of a user. */
export async function endSessionsOf({ api }: Terminal, userId: string): Promise<void> {
  succeeded((await api.client.request(EndSessionsOfUser, { userId })).revokeUserSessions, "Done");
}
