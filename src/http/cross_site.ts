/** The names of the session cookie, with and without TLS. */
export const SESSION_COOKIES = ["__Host-sallyport", "sallyport"];

/** Proof, where no Origin is sent, that a script of an allowed page made the request: no form can set a header. */
export const CSRF_HEADER = "x-sallyport-csrf";

/** Whether a page of `origin` may talk to us: our own, or a listed one. */
export function isAllowedOrigin(origin: string, publicOrigin: string, allowed: readonly string[]): boolean {
  return origin === publicOrigin || allowed.includes(origin);
}

/**
 * Why a request that a browser would send with our cookie must be refused, or undefined when it may pass: it
 * needs POST, a JSON body, and our own or a listed Origin (or our header). Requests without the cookie pass.
 */
export function crossSiteRefusal(
  request: Request,
  publicOrigin: string,
  allowed: readonly string[],
): string | undefined {
  if (!carriesSessionCookie(request.headers)) return undefined;
  if (request.method !== "POST") return "A request with the session cookie must be a POST";
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return "A request with the session cookie must have a JSON body";
  }
  const origin = request.headers.get("origin");
  if (origin === null) {
    return request.headers.has(CSRF_HEADER)
      ? undefined
      : `A request with the session cookie needs Origin or ${CSRF_HEADER}`;
  }
  return isAllowedOrigin(origin, publicOrigin, allowed)
    ? undefined
    : "This origin may not use the session cookie";
}

function carriesSessionCookie(headers: Headers): boolean {
  const names = (headers.get("cookie") ?? "").split(";").map((cookie) => cookie.split("=")[0]?.trim() ?? "");
  return names.some((name) => SESSION_COOKIES.includes(name));
}
