import { PASSWORD_LIMITS } from "./password_terms.ts";
import type { KnownBy } from "../../accounts/devices/known_caller.ts";
import type { Account } from "../../diagnosis/collect.ts";
import type { KeyedCharge } from "../../operations/limits/limits.ts";
import { type Identifier, parseIdentifier } from "../../accounts/users/names.ts";
import type { User } from "../../accounts/users/users.ts";

/** The counters of a password attempt: the name as typed, and the account. */
export type PasswordTries = { name: KeyedCharge; account: KeyedCharge; accountKey: string };

/** An unknown name gets an account counter of its own, so it costs the same rows and statements. */
export function passwordTries(
  { kind, key }: Identifier,
  typed: string,
  userId: string | undefined,
): PasswordTries {
  const name = `${kind} ${key || typed}`;
  const accountKey = userId ? `user ${userId}` : `unknown ${name}`;
  return { name: countedAs(name), account: countedAs(accountKey), accountKey };
}

/** The counters of a user's password attempts under all names. */
export function passwordTriesOf(
  { id, username, email }: Pick<User, "id" | "username" | "email">,
): KeyedCharge[] {
  const names = [username, email].filter((name) => name !== null);
  return [
    countedAs(`user ${id}`),
    ...names.map((name) => passwordTries(parseIdentifier(name), name, id).name),
  ];
}

/** The counters of an account or of a name without one, including those of the user's own password changes. */
export function passwordCountersOf({ user, name }: Account): KeyedCharge[] {
  if (user) return [...passwordTriesOf(user), countedAs(`own ${user.id}`)];
  if (!name) return [];
  const tries = passwordTries(name, name.typed, undefined);
  return [tries.name, tries.account];
}

/** The reserve of a device or network that is known to the account's owner. */
export function reserveOf({ name: [, subject] }: PasswordTries, { key }: KnownBy): KeyedCharge {
  return [PASSWORD_LIMITS.passwordPerKnownAddress, { key: subject.key, from: key }];
}

function countedAs(key: string): KeyedCharge {
  return [PASSWORD_LIMITS.passwordPerAccount, { key }];
}
