/** URLs of Google's services. */
export type GoogleEndpoints = {
  authorization: string;
  token: string;
  revocation: string;
  /** The keys that sign ID tokens, as PEM certificates by key id. */
  certificates: string;
  /** The script that draws the sign-in button on a page (Google Identity Services). */
  buttonScript: string;
};

/**
 * Google's endpoints, as in its discovery document (https://accounts.google.com/.well-known/openid-configuration).
 */
export const GOOGLE_ENDPOINTS: GoogleEndpoints = {
  authorization: "https://accounts.google.com/o/oauth2/v2/auth",
  token: "https://oauth2.googleapis.com/token",
  revocation: "https://oauth2.googleapis.com/revoke",
  certificates: "https://www.googleapis.com/oauth2/v1/certs",
  buttonScript: "https://accounts.google.com/gsi/client",
};

/** The two spellings of the issuer in Google's ID tokens. We store the first. */
export const GOOGLE_ISSUERS = ["https://accounts.google.com", "accounts.google.com"] as const;

/** Whether the issuer is Google, in either spelling. */
export function isGoogleIssuer(issuer: string): boolean {
  return GOOGLE_ISSUERS.some((known) => known === issuer);
}
