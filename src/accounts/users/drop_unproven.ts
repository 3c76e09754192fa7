import { forgetUsersEvents, type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { forgetUsersFlows } from "../../flows/flows.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasRevokedSessions } from "../sessions/revoked_sessions.ts";
import { endSessions, forgetUsersSessions } from "../sessions/sessions.ts";
import { forgetUsersCredentials } from "../../vault/vault.ts";
import { dropIdentities } from "./identity_store.ts";
import { deleteFactorsOf } from "../factors/factors.ts";
import { dropClaims, lockClaimants } from "./address_store.ts";
import { dropSignInMethods } from "./user_store.ts";

/**
 * Protects the user who has just verified an address from accounts that claimed it before (R27). The newest
 * of these accounts that is not disabled keeps its claim and is returned, but loses everything its creator
 * may have added to keep access or to lock the owner out: password, identities, second factors, sessions, links,
 * flows and credentials, and also name, picture and known networks. The other accounts lose the claim and keep the rest.
 */
export async function dropUnproven(
  tx: DropTx,
  origin: Origin,
  emailKey: string,
): Promise<string | undefined> {
  const kept = await lockClaimants(tx.db, emailKey);
  for (const userId of await dropClaims(tx.db, emailKey, kept)) {
    // Recorded as SYSTEM, so that users who only claimed the address do not see who verified it, and from
    // where.
    recordEvent(tx, "email.claim_dropped", SYSTEM, { userId }, {});
  }
  if (kept !== undefined) await dropAllButClaim(tx, origin, kept);
  return kept;
}

/**
 * Removes all this from one account, which keeps its claim. Nothing remains, not even in its events, that
 * shows who created it, from where and with which device. The caller must have locked the user.
 */
export async function dropAllButClaim(tx: DropTx, origin: Origin, userId: string): Promise<void> {
  await dropSignInMethods(tx.db, userId);
  await deleteFactorsOf(tx.db, userId);
  await dropIdentities(tx.db, userId);
  await endSessions(tx, origin, { userId }, "unproven");
  await forgetUsersSessions(tx.db, userId);
  await forgetUsersFlows(tx, origin, userId);
  await forgetUsersCredentials(tx.db, userId);
  await forgetUsersEvents(tx.db, userId);
  recordEvent(tx, "user.unproven_dropped", origin, { userId }, {});
}

type DropTx = Tx<HasDatabase & HasClock & HasRevokedSessions>;
