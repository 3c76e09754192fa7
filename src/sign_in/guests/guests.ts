import { type Caller, originOf, type UserCaller } from "../../operations/caller.ts";
import { forgetUsersEvents, newEvent, type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { newId } from "../../lib/ids.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import { type HasSessionIssuer, issueSession, type SignedIn } from "../../accounts/sessions/issue_session.ts";
import { type LiveSession, liveSession } from "../../accounts/sessions/live_session.ts";
import {
  type EndReason,
  endSessions,
  forgetUsersSessions,
  type Session,
  type SessionTransport,
} from "../../accounts/sessions/sessions.ts";
import { deleteUserRow, lockUser, type NewUser } from "../../accounts/users/users.ts";
import { lockReapableGuests } from "./guest_store.ts";
import { GUEST, GUEST_LIMITS } from "./guest_terms.ts";

/** Bytes of a guest's display name: 12 hex digits, enough to tell guests apart. */
const NAME_BYTES = 6;

type GuestServices = HasClock & HasEventLog & HasRandom & HasKeys & HasLimits & HasSessionIssuer & HasMetrics;

/** A caller signed in as a guest. */
export type GuestCaller = UserCaller & { isGuest: true };

/** Returns the caller if it is a guest. */
export function guestOf(caller: Caller): GuestCaller | undefined {
  return caller.kind === "user" && caller.isGuest ? { ...caller, isGuest: true } : undefined;
}

/** A guest with a live session, who can become a user in this transaction. */
export type LiveGuest = LiveSession<GuestCaller>;

/**
 * Returns the calling guest if the database says that the session is live. Otherwise the caller counts as
 * anonymous.
 */
export async function liveGuestOf(
  tx: Tx<HasClock>,
  caller: Caller,
): Promise<LiveGuest | undefined> {
  const guest = guestOf(caller);
  return guest && await liveSession(tx, guest);
}

/**
 * Creates a guest account, a VISITOR with a display name and no address, and signs in with it. The guest can
 * become a user later. Throws `RateLimited`.
 */
export async function signInAsGuest(
  services: GuestServices,
  caller: Caller,
  transport: SessionTransport,
): Promise<SignedIn> {
  await services.limits.charge(GUEST_LIMITS.guestPerAddress, caller);
  const id = newId("usr");
  const name = `guest_${services.random(NAME_BYTES).toHex()}`;
  const origin: Origin = { ...originOf(caller), actor: `user:${id}` };
  const signedIn = await issueSession(services, origin, {
    userId: id,
    newUser: guestAccount(id, name, services.now()),
    method: GUEST,
    transport,
    events: [newEvent(services, "guest.created", origin, { userId: id }, {})],
  });
  if (!signedIn || "challenge" in signedIn) throw new TypeError("A guest could not be stored");
  services.wakeLog();
  services.count("signIns");
  return signedIn;
}

function guestAccount(id: string, name: string, createdAt: Date): NewUser {
  const account = { username: null, email: null, emailVerifiedAt: null, passwordHash: null };
  return { ...account, id, name, createdAt, isGuest: true };
}

/**
 * Ends a guest after a sign-in. If the guest became the user, its earlier sessions end. If the sign-in was to
 * another account, the guest is deleted and nothing moves to that account.
 */
export async function endGuest(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  origin: Origin,
  { userId: guestId }: LiveGuest,
  { id: sessionId, userId, method }: Pick<Session, "id" | "userId" | "method">,
): Promise<void> {
  if (userId === guestId) {
    await endSessions(tx, origin, { userId, except: sessionId }, "guest_upgraded");
    return recordEvent(tx, "guest.upgraded", origin, { userId }, { method });
  }
  const guest = await lockUser(tx.db, guestId);
  if (!guest?.isGuest) return;
  recordEvent(tx, "guest.merged", origin, { userId }, { guestId, userId });
  await removeGuest(tx, origin, guestId, "guest_merged");
}

async function removeGuest(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  origin: Origin,
  guestId: string,
  reason: EndReason,
): Promise<void> {
  await endSessions(tx, origin, { userId: guestId }, reason);
  await forgetUsersSessions(tx.db, guestId);
  await forgetUsersEvents(tx.db, guestId);
  await deleteUserRow(tx.db, guestId);
  recordEvent(tx, "guest.reaped", origin, { userId: guestId }, {});
}

/** Guests deleted per transaction. */
const BATCH = 200;

/**
 * Deletes guests without flows or credentials that have had no live session for `keptSeconds`. Several
 * instances may run it at once. Returns the number deleted by this call.
 */
export async function reapGuests(
  services: HasClock & HasEventLog & HasRevokedSessions & HasMetrics,
  keptSeconds: number,
): Promise<number> {
  let reaped = 0;
  while (true) {
    const idleSince = new Date(services.now().getTime() - keptSeconds * 1000);
    const batch = await inTransaction(services, async (tx) => {
      const ids = await lockReapableGuests(tx.db, idleSince, tx.now(), BATCH);
      for (const id of ids) await removeGuest(tx, SYSTEM, id, "guest_reaped");
      return ids.length;
    });
    services.count("guestsReaped", batch);
    reaped += batch;
    if (batch < BATCH) return reaped;
  }
}
