import { PASSWORD_LIMITS } from "./password_terms.ts";
import type { KnownBy } from "../../accounts/devices/known_caller.ts";
import type { KeyedCharge } from "../../operations/limits/limits.ts";
import { type Identifier, parseIdentifier } from "../../accounts/users/names.ts";
import type { User } from "../../accounts/users/users.ts";

/** What a try of a password is counted by: the name as it was typed, and the account behind it. */
export type PasswordTries = { name: KeyedCharge; account: KeyedCharge; accountKey: string };

/** For a name that nobody has, an account that nobody has: it costs the same rows and statements. */
export function passwordTries(
  { kind, key }: Identifier,
  typed: string,
  userId: string | undefined,
): PasswordTries {
  const name = `${kind} ${key || typed}`;
  const accountKey = userId ? `user ${userId}` : `nobody's ${name}`;
  return { name: countedAs(name), account: countedAs(accountKey), accountKey };
}

/** All tries of a user's password, by whatever name. */
export function passwordTriesOf(
  { id, username, email }: Pick<User, "id" | "username" | "email">,
): KeyedCharge[] {
  const names = [username, email].filter((name) => name !== null);
  return [
    countedAs(`user ${id}`),
    ...names.map((name) => passwordTries(parseIdentifier(name), name, id).name),
  ];
}

/** The reserve of a device, or an address, that is known to the owner of this name. */
export function reserveOf({ name: [, subject] }: PasswordTries, { key }: KnownBy): KeyedCharge {
  return [PASSWORD_LIMITS.passwordPerKnownAddress, { key: `${subject.key} ${key}` }];
}

function countedAs(key: string): KeyedCharge {
  return [PASSWORD_LIMITS.passwordPerAccount, { key }];
}
