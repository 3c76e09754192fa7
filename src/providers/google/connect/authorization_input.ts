import { InvalidInput } from "../../../lib/errors.ts";
import { parseScopes } from "../api/google_scopes.ts";

/** Always requested, because they identify the account. */
const IDENTITY = ["openid", "email"];

/**
 * Returns the scopes to request, without duplicates.
 *
 * @throws InvalidInput for a malformed scope or too many scopes.
 */
export function checkScopes(requested: readonly string[]): string[] {
  return parseScopes("connect Google", [...new Set([...IDENTITY, ...requested])]);
}

/** R29: a listener on the caller's machine, by address. A name such as `localhost` can resolve to another machine. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]):\d{1,5}\/[\w./~-]{0,200}$/;

/**
 * Returns the redirect URI.
 *
 * @throws InvalidInput unless it is the URL of a loopback listener.
 */
export function checkLoopback(redirectUri: string | undefined): string {
  if (redirectUri !== undefined && LOOPBACK.test(redirectUri) && URL.canParse(redirectUri)) {
    return redirectUri;
  }
  throw new InvalidInput(
    "Cannot connect Google: in the mode CLI redirectUri must be a listener of yours, like http://127.0.0.1:PORT/",
  );
}

const MAX_RETURN_TO_LENGTH = 2_000;

/**
 * R30: returns the absolute URL that the browser is redirected to after the authorization.
 *
 * @throws InvalidInput unless it is a path on this server or a page of an allowed origin.
 */
export function checkReturnTo(returnTo: string, publicUrl: string, allowed: readonly string[]): string {
  // Browsers drop some characters and read others as a slash, which could turn a path into another origin.
  const isPlain = returnTo.length <= MAX_RETURN_TO_LENGTH && /^[\x21-\x5b\x5d-\x7e]+$/.test(returnTo);
  const url = isPlain && /^(\/(?!\/)|https?:\/\/)/i.test(returnTo) ? URL.parse(returnTo, publicUrl) : null;
  const origins = [new URL(publicUrl).origin, ...allowed];
  if (!url || url.username || url.password || !origins.includes(url.origin)) {
    throw new InvalidInput(
      "Cannot connect Google: returnTo is neither a path here, like /done, nor a page of a listed origin",
      "Ask the operator of this server to list the origin in ALLOWED_ORIGINS",
    );
  }
  return url.href;
}

const MAX_RESUME_BYTES = 32 * 1024;

/** @throws InvalidInput for more than 32 KiB of JSON. */
export function checkResume(resume: unknown): void {
  if (new TextEncoder().encode(JSON.stringify(resume)).length > MAX_RESUME_BYTES) {
    throw new InvalidInput("Cannot connect Google: resume has more than 32 KiB of JSON");
  }
}
