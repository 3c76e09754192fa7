import { forgetUsersEvents, type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { forgetUsersFlows } from "../../flows/flows.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasRevokedSessions } from "../sessions/revoked_sessions.ts";
import { endSessions, forgetUsersSessions } from "../sessions/sessions.ts";
import { forgetUsersCredentials } from "../../vault/vault.ts";
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
  tx: DropTx,
  origin: Origin,
  emailKey: string,
): Promise<string | undefined> {
  const kept = await lockClaimants(tx.db, emailKey);
  for (const userId of await dropClaims(tx.db, emailKey, kept)) {
    // Who proved the address, and from where, is not for those who only claimed it.
    recordEvent(tx, "email.claim_dropped", SYSTEM, { userId }, {});
  }
  if (kept !== undefined) await dropAllButClaim(tx, origin, kept);
  return kept;
}

/**
 * The same for one account, which keeps its claim: nothing of it is left that tells who made it, from where and with
 * what, in its events neither. The caller has locked the user.
 */
export async function dropAllButClaim(tx: DropTx, origin: Origin, userId: string): Promise<void> {
  await dropWaysIn(tx.db, userId);
  await dropIdentities(tx.db, userId);
  await endSessions(tx, origin, { userId }, "unproven");
  await forgetUsersSessions(tx.db, userId);
  await forgetUsersFlows(tx, origin, userId);
  await forgetUsersCredentials(tx.db, userId);
  await forgetUsersEvents(tx.db, userId);
  recordEvent(tx, "user.unproven_dropped", origin, { userId }, {});
}

type DropTx = Tx<HasDatabase & HasClock & HasRevokedSessions>;
