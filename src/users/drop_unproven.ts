import { type Origin, recordEvent, SYSTEM } from "../events/events.ts";
import { forgetUsersFlows } from "../flows/flows.ts";
import type { Services, Tx } from "../services.ts";
import { endSessions, forgetUsersSessions } from "../sessions/sessions.ts";
import { forgetUsersCredentials } from "../vault/vault.ts";
import { dropIdentities } from "./identity_store.ts";
import { dropClaims, lockClaimants } from "./address_store.ts";
import { dropWaysIn } from "./user_store.ts";

/**
 * Takes from every account that claims the address, without having proven it, all that whoever made it may have put
 * there to keep a way in (R27): password, identities, sessions, links, flows and credentials; name and picture, and
 * that they were known from some address, go as well. The newest one that is not disabled keeps its claim, for
 * whoever has just proven the address, and is returned; the others lose theirs, and keep what they have.
 */
export async function dropUnproven(
  tx: Tx<Pick<Services, "db" | "now" | "revokedSessions">>,
  origin: Origin,
  emailKey: string,
): Promise<string | undefined> {
  const kept = await lockClaimants(tx.db, emailKey);
  for (const userId of await dropClaims(tx.db, emailKey, kept)) {
    // Who proved the address, and from where, is not for those who only claimed it.
    recordEvent(tx, "email.claim_dropped", SYSTEM, { userId }, {});
  }
  if (kept === undefined) return undefined;
  await dropWaysIn(tx.db, kept);
  await dropIdentities(tx.db, kept);
  await endSessions(tx, origin, { userId: kept }, "unproven");
  await forgetUsersSessions(tx.db, kept);
  await forgetUsersFlows(tx, origin, kept);
  await forgetUsersCredentials(tx.db, kept);
  recordEvent(tx, "user.unproven_dropped", origin, { userId: kept }, {});
  return kept;
}
