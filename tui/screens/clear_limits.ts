import { succeeded } from "../../src/client/operator/succeeded.ts";
import { ClearLimits } from "../documents/why.ts";
import type { Terminal } from "../terminal.ts";

/** Clears the limits of a user, a name or a client address, after a question. `shown`: as the operator knows it. */
export async function clearLimits(
  { api, confirm }: Terminal,
  identifier: string,
  shown = identifier,
): Promise<string | undefined> {
  if (!await confirm(`Reset all limits of ${shown}?`)) return;
  succeeded((await api.client.request(ClearLimits, { identifier })).clearLimits, "Done");
  return "The limits are cleared";
}
