import { AuthError } from "../../lib/errors.ts";
import { plainLine } from "../../lib/plain_line.ts";
import { type Named, parseEmail } from "../../accounts/users/names.ts";
import type { GoogleIdentity } from "../../providers/google/api/google_api.ts";

/** The part of the Google identity that we store, sanitized for display. */
export type GoogleProfile = {
  email: Named | null;
  /**
   * Whether Google is authoritative for the address (R27): it hosts the mailbox or the Workspace domain. For
   * other addresses, Google only knows that the user received a mail there once.
   */
  authoritative: boolean;
  name: string | null;
  pictureUrl: string | null;
};

const LONGEST_NAME = 200;

const LONGEST_URL = 2_048;

export function profileOf(identity: GoogleIdentity): GoogleProfile {
  const email = addressOf(identity.email);
  const vouches = email !== null && (email.key.endsWith("@gmail.com") || identity.hostedDomain !== undefined);
  return {
    email,
    authoritative: identity.emailVerified && vouches,
    name: plainLine(identity.name ?? "", LONGEST_NAME) || null,
    pictureUrl: pictureOf(identity.picture),
  };
}

/** Returns null for an address that we could not send mail to. */
function addressOf(email: string | undefined): Named | null {
  try {
    return email === undefined ? null : parseEmail(email);
  } catch (error) {
    if (error instanceof AuthError) return null;
    throw error;
  }
}

function pictureOf(picture: string | undefined): string | null {
  const url = picture !== undefined && picture.length <= LONGEST_URL ? URL.parse(picture) : null;
  return url?.protocol === "https:" ? url.href : null;
}
