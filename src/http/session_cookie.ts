/** The names of the session cookie, with and without TLS. */
export const SESSION_COOKIES = { secure: "__Host-sallyport", plain: "sallyport" } as const;

/** The session cookie's name and attributes. They depend on the public URL, not on the socket. */
export type SessionCookie = { name: string; attributes: string };

/**
 * Uses `__Host-` and Secure if the public URL is https (RFC 6265bis §4.1.3.2); on plain http a browser would
 * drop such a cookie.
 */
export function sessionCookie(publicUrl: string): SessionCookie {
  return publicUrl.startsWith("https:")
    ? { name: SESSION_COOKIES.secure, attributes: "Path=/; HttpOnly; SameSite=Lax; Secure" }
    : { name: SESSION_COOKIES.plain, attributes: "Path=/; HttpOnly; SameSite=Lax" };
}

/** The cookie that binds a provider's authorization to the browser, protected like the session's. */
export function consentCookie(publicUrl: string, slug: string): SessionCookie {
  const { name, attributes } = sessionCookie(publicUrl);
  return { name: `${name}-${slug}`, attributes };
}

/** The cookie that marks a browser as known to its users. Like the session's it never has `Domain`. */
export function deviceCookie(publicUrl: string): SessionCookie {
  const { name, attributes } = sessionCookie(publicUrl);
  return { name: `${name}-device`, attributes };
}

/** A `Set-Cookie` header that keeps `value` until `expiresAt`. */
export function setCookieHeader({ name, attributes }: SessionCookie, value: string, expiresAt: Date): string {
  return `${name}=${value}; ${attributes}; Expires=${expiresAt.toUTCString()}`;
}

export function clearCookieHeader(cookie: SessionCookie): string {
  return setCookieHeader(cookie, "", new Date(0));
}

/** Returns the value of the cookie with this name, or null. */
export function readCookie(headers: Headers, name: string): string | null {
  return cookieIn(headers.get("cookie"), name);
}

/** As `readCookie`, from the value of a `Cookie` header. */
export function cookieIn(header: string | null, name: string): string | null {
  for (const cookie of (header ?? "").split(";")) {
    const [key = "", ...value] = cookie.split("=");
    if (key.trim() === name) return value.join("=").trim();
  }
  return null;
}
