import type { Refusals } from "../accounts/refusals/refusals.ts";
import { Forbidden } from "../lib/errors.ts";
import type { RequestFacts } from "./graphql/graphql.ts";

/** Records refusals. */
export type NotesRefusals = { refusals: Pick<Refusals, "note"> };

/** Why a request is refused before its caller is identified. */
export type PageRefusal = "cookie_refused" | "origin_not_allowed";

/** The longest origin: a scheme, a host name of 253 characters and a port. */
const LONGEST_ORIGIN = 270;

/** A scheme, a host and a port, as browsers send them, or `null`. */
const ORIGIN = /^(null|[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+)$/i;

/**
 * Returns an Origin header for an event. Strangers can send any text, and operators read it inside sentences, so text
 * without the form of an origin is left out.
 */
export function originForEvents(origin: string | null): string {
  if (origin === null) return "no origin";
  return origin.length <= LONGEST_ORIGIN && ORIGIN.test(origin) ? origin : "a malformed origin";
}

/** Records that a request was refused because of the page that sent it. */
export function notePageRefusal(
  { refusals }: NotesRefusals,
  path: string,
  origin: string | null,
  { requestId, ipAddress, userAgent }: Pick<RequestFacts, "requestId" | "ipAddress" | "userAgent">,
  detail: PageRefusal,
): void {
  const error = new Forbidden("a page of an allowed origin");
  error.note = { detail, origin: originForEvents(origin) };
  refusals.note({
    operation: path,
    signsIn: false,
    error,
    caller: { kind: "nobody", requestId, ipAddress, userAgent },
  });
}
