import { isLoopbackHost } from "../platform/network/address_ranges.ts";
import { isJson } from "./media_type.ts";
import { readCookie, SESSION_COOKIES } from "./session_cookie.ts";

/**
 * Without an Origin header, this header proves that a script of an allowed page made the request: forms cannot
 * set headers.
 */
const CSRF_HEADER = "x-sallyport-csrf";

/** Origins whose pages may call the server: its own and the configured ones. */
export type Origins = {
  /** The configured public origin. If undefined, `ownOrigin` applies. */
  publicOrigin: string | undefined;
  /** `http://HOST:PORT`. */
  ownOrigin: string;
  allowed: readonly string[];
};

/** Whether pages of `origin` may call the server: its own origin, or a configured one. */
export function isAllowedOrigin(origin: string, request: Request, origins: Origins): boolean {
  return origins.allowed.includes(origin) || isOwnOrigin(origin, request, origins);
}

/**
 * Whether `origin` is the server's own. Without a configured URL, any loopback name of this machine counts too.
 * An attacker's domain can resolve to this address, but it cannot have a loopback name.
 */
export function isOwnOrigin(origin: string, request: Request, { publicOrigin, ownOrigin }: Origins): boolean {
  if (publicOrigin !== undefined) return origin === publicOrigin;
  const asked = new URL(request.url);
  return origin === ownOrigin || (isLoopbackHost(asked.hostname) && origin === asked.origin);
}

/**
 * Returns why a request may not use or receive the session cookie, or undefined if it may. It must be a POST
 * with a JSON body and an allowed Origin (or our header). A WebSocket upgrade only needs the Origin or the
 * header.
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

/** Whether the request has a session cookie, under any of its names. */
export function carriesSessionCookie({ headers }: Request): boolean {
  return Object.values(SESSION_COOKIES).some((name) => readCookie(headers, name) !== null);
}
