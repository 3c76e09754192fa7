import type { Caller, UserCaller } from "../../operations/caller.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { lockUser } from "../users/users.ts";
import { lockLiveSession } from "./session_store.ts";

declare const checked: unique symbol;

/** A session that the database knows to be live. Only `liveSession` makes one, for the transaction it is called in. */
export type LiveSession<Holder extends SessionHolder = UserCaller> = Holder & { readonly [checked]: true };

type SessionHolder = Pick<UserCaller, "userId" | "sessionId">;

/**
 * Asks the database whether the session is live, and locks its user and it until the transaction ends: what ends a
 * session either is seen here, or waits. An instance learns up to a second later that a session has ended on another
 * one, so every change of sign-in methods that relies on a session asks here. Locks of addresses and identities are
 * taken before, rows of other users and of flows afterwards.
 */
export async function liveSession<Holder extends SessionHolder>(
  tx: Tx<HasClock>,
  holder: Holder,
): Promise<LiveSession<Holder> | undefined> {
  const { userId, sessionId } = holder;
  const isLive = await lockUser(tx.db, userId) && await lockLiveSession(tx.db, sessionId, userId, tx.now());
  return isLive ? holder as LiveSession<Holder> : undefined;
}

/** The live session of a person; undefined for a caller without an account. Throws `Unauthenticated` if it has ended. */
export async function requireLiveSession(
  tx: Tx<HasClock>,
  caller: Caller,
): Promise<LiveSession | undefined> {
  if (caller.kind !== "user") return undefined;
  const live = await liveSession(tx, caller);
  if (!live) throw new Unauthenticated();
  return live;
}
