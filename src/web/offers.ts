/** What a server offers to whoever comes to its page: everybody can read it. */
export type Offers = {
  /** Whether it sends mail, and so codes and links. */
  mail: boolean;
  /** The client that people sign in to, and the script that draws Google's button; null where it is not configured. */
  google: { clientId: string; buttonScript: string } | null;
  leastPasswordCharacters: number;
};
