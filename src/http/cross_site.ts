import { isLoopbackHost } from "../platform/network/address_ranges.ts";
import { isJson } from "./media_type.ts";
import { readCookie, SESSION_COOKIES } from "./session_cookie.ts";

/** Proof, where no Origin is sent, that a script of an allowed page made the request: no form can set a header. */
const CSRF_HEADER = "x-sallyport-csrf";

/** Whose pages may talk to us: our own and the listed ones. */
export type Origins = {
  /** The URL that people reach us at; without it, our own address. */
  publicOrigin: string | undefined;
  /** `http://HOST:PORT`. */
  ownOrigin: string;
  allowed: readonly string[];
};

/** Whether a page of `origin` may talk to us: our own, or a listed one. */
export function isAllowedOrigin(origin: string, request: Request, origins: Origins): boolean {
  return origins.allowed.includes(origin) || isOwnOrigin(origin, request, origins);
}

/**
 * Without a configured URL, a page that was reached by one of this machine's own names is ours too: whatever name an
 * attacker's domain gives this address, it is not one of those.
 */
export function isOwnOrigin(origin: string, request: Request, { publicOrigin, ownOrigin }: Origins): boolean {
  if (publicOrigin !== undefined) return origin === publicOrigin;
  const asked = new URL(request.url);
  return origin === ownOrigin || (isLoopbackHost(asked.hostname) && origin === asked.origin);
}

/**
 * Why a request may neither come with our cookie nor be given one, or undefined when it may: it needs POST, a JSON
 * body, and our own or a listed Origin (or our header). A WebSocket's upgrade needs the latter alone.
 */
export function cookieRefusal(request: Request, origins: Origins): string | undefined {
  if (!isUpgrade(request)) {
    if (request.method !== "POST") return "A request with the session cookie must be a POST";
    if (!isJson(request.headers)) return "A request with the session cookie must have a JSON body";
  }
  const origin = request.headers.get("origin");
  if (origin === null) {
    return request.headers.has(CSRF_HEADER)
      ? undefined
      : `A request with the session cookie needs Origin or ${CSRF_HEADER}`;
  }
  return isAllowedOrigin(origin, request, origins) ? undefined : "This origin may not use the session cookie";
}

export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Whether a browser sent our cookie along, by whichever of its names. */
export function carriesSessionCookie({ headers }: Request): boolean {
  return Object.values(SESSION_COOKIES).some((name) => readCookie(headers, name) !== null);
}
