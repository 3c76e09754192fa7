import type { Subject } from "../places.ts";

type NamedUser = { id: string; username: string | null; email: string | null };

/** The short name of a user: username, else e-mail address, else id. */
export function nameOf(user: NamedUser): string {
  return user.username ?? user.email ?? user.id;
}

/** A user, to open a screen about; undefined if there is none. */
export function userSubject(user: NamedUser | null | undefined): Subject | undefined {
  return user ? { kind: "user", id: user.id, label: nameOf(user) } : undefined;
}
