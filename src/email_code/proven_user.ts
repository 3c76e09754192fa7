import { type Caller, originOf } from "../caller.ts";
import { recordEvent } from "../events/events.ts";
import type { GuestCaller } from "../guests/guests.ts";
import { newId } from "../ids.ts";
import type { Services, Tx } from "../services.ts";
import { dropUnproven } from "../users/drop_unproven.ts";
import {
  findByClaimedEmail,
  findByVerifiedEmail,
  insertUser,
  lockEmail,
  takeEmail,
  type User,
} from "../users/users.ts";
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
  const claiming = await findByClaimedEmail(tx.db, emailKey);
  if (claiming) await dropUnproven(tx, originOf(caller), emailKey);
  const id = claiming?.id ?? guest?.userId;
  const address = { typed: email, key: emailKey };
  const taken = id === undefined ? undefined : await takeEmail(tx.db, id, address, tx.now());
  const user = taken ?? await addUser(tx, address);
  const origin = { ...originOf(caller), actor: `user:${user.id}` as const };
  if (!taken) await recordEvent(tx, "user.registered", origin, { userId: user.id }, { method: "EMAIL_CODE" });
  await recordEvent(tx, "email.verified", origin, { userId: user.id }, {});
  return user;
}

async function addUser(
  tx: Tx<Pick<Services, "db" | "now">>,
  email: { typed: string; key: string },
): Promise<User> {
  const user = await insertUser(tx.db, {
    id: newId("usr"),
    username: null,
    email,
    emailVerifiedAt: tx.now(),
    name: null,
    passwordHash: null,
    createdAt: tx.now(),
  });
  if (!user) throw new TypeError("An address that nobody has proven could not be stored");
  return user;
}
