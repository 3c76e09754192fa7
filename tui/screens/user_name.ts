/** The short name of a user: username, else e-mail address, else id. */
export function nameOf(user: { id: string; username: string | null; email: string | null }): string {
  return user.username ?? user.email ?? user.id;
}
