/** Error codes of the network. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
]);

/** SQLSTATE: 08 connection; 57P01, 57P02 and 57P03: the server stops, has crashed, or is still starting. */
const LOST_STATES = /^(08|57P0[123])/;

/** Messages of `pg` without a code. */
const LOST = /connection (terminated|ended|error)|not queryable/i;

/** Whether a connection was lost, or could not be made: its server may no longer be the primary. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return NETWORK_CODES.has(code) || LOST_STATES.test(code) || LOST.test(error.message);
}

/** SQLSTATE or code of the network; empty if the error has none. */
export function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** SQLSTATE of a write on a standby or in a read-only session. */
export const READ_ONLY = "25006";
