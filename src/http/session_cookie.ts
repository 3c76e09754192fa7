/** The names of the session cookie, with and without TLS. */
export const SESSION_COOKIES = { secure: "__Host-sallyport", plain: "sallyport" } as const;

/** The session cookie as this server sets it: by the URL that people reach it at, not by the socket. */
export type SessionCookie = { name: string; attributes: string };

/** `__Host-` and Secure where people come by https (RFC 6265bis §4.1.3.2); on plain http a browser would drop both. */
export function sessionCookie(publicUrl: string): SessionCookie {
  return publicUrl.startsWith("https:")
    ? { name: SESSION_COOKIES.secure, attributes: "Path=/; HttpOnly; SameSite=Lax; Secure" }
    : { name: SESSION_COOKIES.plain, attributes: "Path=/; HttpOnly; SameSite=Lax" };
}

/** The cookie that a provider's authorization is bound to, named and guarded as the session's. */
export function consentCookie(publicUrl: string, slug: string): SessionCookie {
  const { name, attributes } = sessionCookie(publicUrl);
  return { name: `${name}-${slug}`, attributes };
}

/** The cookie that a browser is known by to its users. Never `Domain`, as for the session's. */
export function deviceCookie(publicUrl: string): SessionCookie {
  const { name, attributes } = sessionCookie(publicUrl);
  return { name: `${name}-device`, attributes };
}

/** A `Set-Cookie` header that keeps `value` until `expiresAt`, or takes the cookie away. */
export function setCookieHeader({ name, attributes }: SessionCookie, value: string, expiresAt: Date): string {
  return `${name}=${value}; ${attributes}; Expires=${expiresAt.toUTCString()}`;
}

export function clearCookieHeader(cookie: SessionCookie): string {
  return setCookieHeader(cookie, "", new Date(0));
}

/** The value of the cookie of this name; null without it. */
export function readCookie(headers: Headers, name: string): string | null {
  return cookieIn(headers.get("cookie"), name);
}

/** The same of a `Cookie` header. */
export function cookieIn(header: string | null, name: string): string | null {
  for (const cookie of (header ?? "").split(";")) {
    const [key = "", ...value] = cookie.split("=");
    if (key.trim() === name) return value.join("=").trim();
  }
  return null;
}
