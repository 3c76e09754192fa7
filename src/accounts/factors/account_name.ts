import type { User } from "../users/users.ts";

/** Returns the name under which authenticators show the account. */
export function accountName({ username, email, name, id }: User): string {
  return username ?? email ?? name ?? id;
}
