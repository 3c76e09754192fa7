import type { Secret } from "../../lib/secret.ts";

/** How the answer to a request is given the session cookie. */
export type SessionCookies = {
  /** Throws `Forbidden` when this answer cannot carry a cookie, or a page of somebody else's may have asked for it. */
  check(): void;
  set(token: Secret, expiresAt: Date): void;
  clear(): void;
  /** Makes the browser known to this user, if this answer can carry a cookie. A session's end leaves that as it is. */
  rememberDevice(userId: string): void;
};
