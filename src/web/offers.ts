/** The sign-in options of the server. They are public. */
export type Offers = {
  /** Whether the server can send mail, and so codes and links. */
  mail: boolean;
  /** Google's client id and the script of its button; null when Google is not configured. */
  google: { clientId: string; buttonScript: string } | null;
  leastPasswordCharacters: number;
};
