import { type Caller, originOf } from "../caller.ts";
import { newEvent, type Origin, recordEvent } from "../events/events.ts";
import type { GuestCaller } from "../guests/guests.ts";
import { newId } from "../ids.ts";
import type { Services, Tx } from "../services.ts";
import { dropUnproven } from "../users/drop_unproven.ts";
import { findByVerifiedEmail, insertUser, lockEmail, takeEmail, type User } from "../users/users.ts";
import type { StoredCode } from "./email_code_store.ts";

/**
 * Whose an address is that was just proven (R27): the user who has proven it before; or an account that claims it,
 * without all that somebody else may have put there; or the guest who is signed in; or a new user.
 */
export async function provenUser(
  tx: Tx<Pick<Services, "db" | "now" | "revokedSessions">>,
  caller: Caller,
  { email, emailKey }: StoredCode,
  guest: GuestCaller | undefined,
): Promise<User> {
  await lockEmail(tx.db, emailKey);
  const known = await findByVerifiedEmail(tx.db, emailKey);
  if (known) return known;
  const id = await dropUnproven(tx, originOf(caller), emailKey) ?? guest?.userId;
  const address = { typed: email, key: emailKey };
  const taken = id === undefined ? undefined : await takeEmail(tx.db, id, address, tx.now());
  const user = taken ?? await addUser(tx, originOf(caller), address);
  const origin = { ...originOf(caller), actor: `user:${user.id}` as const };
  await recordEvent(tx, "email.verified", origin, { userId: user.id }, {});
  return user;
}

async function addUser(
  tx: Tx<Pick<Services, "db" | "now">>,
  origin: Origin,
  email: { typed: string; key: string },
): Promise<User> {
  const createdAt = tx.now();
  const account = { username: null, email, emailVerifiedAt: createdAt, name: null, passwordHash: null };
  const registered = newEvent(tx, "user.registered", origin, {}, { method: "EMAIL_CODE" });
  const user = await insertUser(tx.db, { ...account, id: newId("usr"), createdAt }, [registered]);
  if (!user) throw new TypeError("An address that nobody has proven could not be stored");
  return user;
}
