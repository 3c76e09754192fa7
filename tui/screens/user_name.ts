/** What a user is called where there is room for one word. */
export function nameOf(user: { id: string; username: string | null; email: string | null }): string {
  return user.username ?? user.email ?? user.id;
}
