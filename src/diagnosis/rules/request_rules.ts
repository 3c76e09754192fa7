import { howOften, isRefusal, isSignIn, spanOf, textOf, unsolved } from "../evidence.ts";
import type { Facts, Found, Rule } from "../facts.ts";

/** Causes in the origin and the cookie of a browser's request. */
export const REQUEST_RULES: readonly Rule[] = [
  {
    code: "ORIGIN_NOT_ALLOWED",
    find: (facts) =>
      refusedFor(facts, "origin_not_allowed", (origin, times) => ({
        cause: `A page of ${origin} called the server ${times}, and this origin is not allowed`,
        cure:
          `Add ${origin} to ALLOWED_ORIGINS, but only if you know that it is yours: any client can send it`,
      })),
  },
  {
    code: "COOKIE_BLOCKED",
    find: (facts) =>
      refusedFor(facts, "cookie_refused", (origin, times) => ({
        cause:
          `A request with the session cookie was refused ${times}: the page has the origin ${origin}, or the request was not a JSON POST`,
        cure: "Send a JSON POST from the server's own origin or one of ALLOWED_ORIGINS, or use tokens",
      })),
  },
];

function refusedFor(
  { events }: Facts,
  detail: string,
  say: (origin: string, times: string) => Pick<Found, "cause" | "cure">,
): Found | undefined {
  const refused = unsolved(
    events,
    (event) => isRefusal("FORBIDDEN")(event) && textOf(event, "detail") === detail,
    isSignIn,
  );
  const last = refused.at(-1);
  if (!last) return undefined;
  const origin = textOf(last, "origin") || "an unknown origin";
  return { ...say(origin, howOften(refused)), ...spanOf(refused), events: refused };
}
