import { type Caller, originOf } from "../../operations/caller.ts";
import { recordEvent } from "../../events/events.ts";
import type { GuestCaller } from "../guests/guests.ts";
import { newId } from "../../lib/ids.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import { dropUnproven } from "../../accounts/users/drop_unproven.ts";
import { findByEmail, type NewUser, takeEmail } from "../../accounts/users/users.ts";
import type { StoredCode } from "./email_code_store.ts";
import { EMAIL_CODE } from "./email_code_terms.ts";

/** The user who verified an address. A new user is not stored yet. */
export type Proven = { userId: string; newUser?: NewUser };

/**
 * Finds the user for an address that was just verified (R27), in this order: the user who verified it
 * earlier; the account that claims it, after everything unproven is removed from it; the calling guest; a new
 * user. The caller must hold `lockEmail`.
 */
export async function provenUser(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  caller: Caller,
  { email, emailKey }: StoredCode,
  guest: GuestCaller | undefined,
): Promise<Proven> {
  const holder = await findByEmail(tx.db, emailKey);
  if (holder?.emailVerifiedAt) return { userId: holder.id };
  const claimant = holder && await dropUnproven(tx, originOf(caller), emailKey);
  const id = claimant ?? guest?.userId;
  const address = { typed: email, key: emailKey };
  const isGuest = claimant === undefined;
  const taken = id === undefined ? undefined : await takeEmail(tx.db, id, isGuest, address, tx.now());
  const userId = taken?.id ?? newId("usr");
  const origin = { ...originOf(caller), actor: `user:${userId}` as const };
  if (!taken) recordEvent(tx, "user.registered", origin, { userId }, { method: EMAIL_CODE });
  recordEvent(tx, "email.verified", origin, { userId }, {});
  return taken ? { userId } : { userId, newUser: newAccount(userId, address, tx.now()) };
}

function newAccount(id: string, email: { typed: string; key: string }, createdAt: Date): NewUser {
  return { id, username: null, email, emailVerifiedAt: createdAt, name: null, passwordHash: null, createdAt };
}
