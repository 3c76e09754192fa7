import { type Caller, originOf } from "../../operations/caller.ts";
import { recordEvent } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import { InvalidInput } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import type { HasClock } from "../../lib/clock.ts";
import { lockUser, setRoles } from "./user_store.ts";
import { type User, UserNotFound } from "./users.ts";

/** Maximum roles of a user, and maximum characters of a role. Limited because every access token contains all roles. */
export const MOST_ROLES = 20;
export const MOST_ROLE_CHARACTERS = 32;

const ROLE = new RegExp(`^[A-Za-z][A-Za-z0-9_.:-]{0,${MOST_ROLE_CHARACTERS - 1}}$`);

/**
 * Replaces the roles of a user, and returns the user. Access tokens contain the new roles after the next refresh.
 * Throws `UserNotFound` or `InvalidInput`.
 */
export async function setUserRoles(
  services: HasClock & HasEventLog,
  caller: Caller,
  id: string,
  names: readonly string[],
): Promise<User> {
  const roles = parseRoles(names);
  return await inTransaction(services, async (tx) => {
    const user = isId("usr", id) ? await lockUser(tx.db, id) : undefined;
    if (!user) throw new UserNotFound();
    if (user.roles.join() === roles.join()) return user;
    recordEvent(tx, "user.roles_changed", originOf(caller), { userId: id }, { from: user.roles, to: roles });
    return await setRoles(tx.db, id, roles);
  });
}

/** Returns the roles sorted and without duplicates. Throws `InvalidInput`. */
function parseRoles(names: readonly string[]): string[] {
  if (names.length > MOST_ROLES) {
    throw new InvalidInput(`Cannot set the roles: a user has up to ${MOST_ROLES} roles`);
  }
  if (!names.every((name) => ROLE.test(name))) {
    throw new InvalidInput(
      `Cannot set the roles: a role is 1 to ${MOST_ROLE_CHARACTERS} letters, digits or _ . : - and begins with a letter`,
    );
  }
  return [...new Set(names)].sort();
}
