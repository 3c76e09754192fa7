import type { Caller, UserCaller } from "../../operations/caller.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { lockUser, type User } from "../users/users.ts";
import { lockLiveSession } from "./session_store.ts";
import type { Session } from "./sessions.ts";

declare const checked: unique symbol;

/**
 * A session that the database knows to be live. Only `liveSession` creates it, and it is valid in that
 * transaction.
 */
export type LiveSession<Holder extends SessionHolder = UserCaller> = Holder & { readonly [checked]: true };

type SessionHolder = Pick<UserCaller, "userId" | "sessionId">;

/**
 * Checks in the database that the session is live, and locks its user and the session until the transaction
 * ends, so the session cannot end meanwhile. Every change of sign-in methods that relies on a session must
 * call this, because an instance learns up to one second late that a session has ended on another one. Lock
 * order: addresses and identities first, then this, then rows of other users and flows.
 */
export async function liveSession<Holder extends SessionHolder>(
  tx: Tx<HasClock>,
  holder: Holder,
): Promise<LiveSession<Holder> | undefined> {
  return await lockOwnSession(tx, holder) && holder as LiveSession<Holder>;
}

/** Returns the user and the session with the same locks as `liveSession`, or undefined if the session has ended. */
export async function lockOwnSession(
  tx: Tx<HasClock>,
  { userId, sessionId }: SessionHolder,
): Promise<{ user: User; session: Session } | undefined> {
  const user = await lockUser(tx.db, userId);
  const session = user && await lockLiveSession(tx.db, sessionId, userId, tx.now());
  return session && { user, session };
}

/**
 * Returns the live session of a user; undefined for callers without an account. Throws `Unauthenticated` if
 * it has ended.
 */
export async function requireLiveSession(
  tx: Tx<HasClock>,
  caller: Caller,
): Promise<LiveSession | undefined> {
  if (caller.kind !== "user") return undefined;
  const live = await liveSession(tx, caller);
  if (!live) throw new Unauthenticated();
  return live;
}
