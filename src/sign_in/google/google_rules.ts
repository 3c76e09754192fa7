import { howOften, isSignIn, spanOf, textOf, unsolved } from "../../diagnosis/evidence.ts";
import type { Rule } from "../../diagnosis/facts.ts";
import type { AuthEvent } from "../../events/events.ts";

/** The meaning of each reason for which a token is rejected. */
const REASONS: Record<string, string> = {
  malformed: "it is not a token",
  algorithm: "it is not signed with RS256",
  key: "it is signed with a key that Google does not publish",
  signature: "its signature is wrong",
  audience: "it was issued for another client id than GOOGLE_CLIENT_ID",
  issuer: "it was not issued by Google",
  claims: "a claim is missing",
  nonce: "its nonce was not issued by this server, or has expired",
  used: "it was used before",
};

const CURES: Record<string, string> = {
  audience: "Use the same client id in the page and in GOOGLE_CLIENT_ID",
  nonce: "Load the sign-in page again; the application must ask for a new nonce for each sign-in",
  used: "Sign in with Google again: each token works once",
};

/** Why Google does not sign in. */
export const GOOGLE_RULES: readonly Rule[] = [
  {
    code: "GOOGLE_LINK_NEEDS_PROOF",
    find: ({ user, events }) => {
      const refused = unsolved(events, isRejection("link_requires_proof"), isSignIn);
      if (refused.length === 0) return undefined;
      const account = user ? `the account ${user.username ?? user.email ?? user.id}` : "an account";
      return {
        cause:
          `A Google account has the address of ${account}, but Google does not prove that the user owns the account`,
        cure: "Sign in to the account with its password or a mailed code, and link Google there",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
  {
    code: "GOOGLE_TOKEN_REFUSED",
    find: ({ events }) => {
      const refused = unsolved(events, isRejection("timing", ...Object.keys(REASONS)), isSignIn);
      const last = refused.at(-1);
      if (!last) return undefined;
      const reason = textOf(last, "reason");
      return {
        cause: `A Google token was refused ${howOften(refused)}: ${
          reason === "timing" ? timingOf(last) : REASONS[reason]
        }`,
        cure: reason === "timing"
          ? "Set this server's clock with NTP; an expired token needs a new sign-in"
          : CURES[reason] ??
            "Sign in with Google again; if it lasts, check how the application gets its token",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
];

function isRejection(...reasons: string[]) {
  return (event: AuthEvent) => event.type === "google.rejected" && reasons.includes(textOf(event, "reason"));
}

/** Says by how many seconds the token's time and this server's clock differ. */
function timingOf({ data }: AuthEvent): string {
  const { claim, secondsSinceIat, secondsSinceNbf, secondsUntilExp } = data;
  if (claim === "exp") return `it had expired ${Math.abs(Number(secondsUntilExp))} s earlier`;
  return `it was issued ${Math.abs(Number(secondsSinceIat ?? secondsSinceNbf))} s in the future`;
}
