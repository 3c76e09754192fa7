import { InvalidInput } from "../../../lib/errors.ts";
import { parseScopes } from "../api/google_scopes.ts";

/** Always asked for: they say whose account it is. */
const IDENTITY = ["openid", "email"];

/** The scopes to ask for, each once. Throws `InvalidInput`. */
export function checkScopes(asked: readonly string[]): string[] {
  return parseScopes("connect Google", [...new Set([...IDENTITY, ...asked])]);
}

/** R29: a listener on the machine of who asks; a name such as `localhost` could be somebody else's. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]):\d{1,5}\/[\w./~-]{0,200}$/;

/** Throws `InvalidInput` unless it is the URL of a listener on the caller's own machine. */
export function checkLoopback(redirectUri: string | undefined): string {
  if (redirectUri !== undefined && LOOPBACK.test(redirectUri) && URL.canParse(redirectUri)) {
    return redirectUri;
  }
  throw new InvalidInput(
    "Cannot connect Google: in the mode CLI redirectUri must be a listener of yours, like http://127.0.0.1:PORT/",
  );
}

const MOST_RETURN_TO = 2_000;

/**
 * R30: where a browser is sent afterwards, in full. Throws `InvalidInput` unless it is a path of this server's, or a
 * page of a listed origin.
 */
export function checkReturnTo(returnTo: string, publicUrl: string, allowed: readonly string[]): string {
  // What browsers drop or take for a slash would make another origin of a path.
  const isPlain = returnTo.length <= MOST_RETURN_TO && /^[\x21-\x5b\x5d-\x7e]+$/.test(returnTo);
  const url = isPlain && /^(\/(?!\/)|https?:\/\/)/i.test(returnTo) ? URL.parse(returnTo, publicUrl) : null;
  const origins = [new URL(publicUrl).origin, ...allowed];
  if (!url || url.username || url.password || !origins.includes(url.origin)) {
    throw new InvalidInput(
      "Cannot connect Google: returnTo is neither a path here, like /done, nor a page of a listed origin",
      "Ask whoever runs this server to list the origin in ALLOWED_ORIGINS",
    );
  }
  return url.href;
}

const MOST_RESUME_BYTES = 32 * 1024;

/** Throws `InvalidInput` for more than 32 KiB of JSON. */
export function checkResume(resume: unknown): void {
  if (new TextEncoder().encode(JSON.stringify(resume)).length > MOST_RESUME_BYTES) {
    throw new InvalidInput("Cannot connect Google: resume has more than 32 KiB of JSON");
  }
}
