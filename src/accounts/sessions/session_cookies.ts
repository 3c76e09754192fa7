import type { Secret } from "../../lib/secret.ts";

/** Sets the session cookie on the response to a request. */
export type SessionCookies = {
  /**
   * Throws `Forbidden` if this response cannot carry a cookie, or if a page of another site may have sent the
   * request.
   */
  check(): void;
  set(token: Secret, expiresAt: Date): void;
  clear(): void;
  /**
   * Makes the browser known to this user, if this response can carry a cookie. The end of a session does not
   * change that.
   */
  rememberDevice(userId: string): void;
};
