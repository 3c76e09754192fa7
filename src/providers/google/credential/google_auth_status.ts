import { healthOf, type Known } from "../../../vault/health.ts";

/** Whether a grant of Google's works, as a web application asks on every page. */
export type GoogleGrantStatus = {
  /** There is a grant, as far as is known: its token works, or can be refreshed when it is needed. */
  authenticated: boolean;
  /** The access token is good now. */
  tokenValid: boolean;
  /** Null when authorization is needed. */
  expiresAt: Date | null;
  /** 0 when the token is over. */
  expiresInHours: number;
  /** Only a new authorization helps. */
  needsReauth: boolean;
};

const HOUR_MS = 60 * 60 * 1000;

/** From what is known of a credential, undefined where there is none, and nothing else. */
export function googleAuthStatusOf(credential: Known | undefined, now: Date): GoogleGrantStatus {
  const health = credential && healthOf(credential, now, 0);
  if (!credential || health === "REVOKED" || health === "REAUTHORIZATION_REQUIRED") {
    return {
      authenticated: false,
      tokenValid: false,
      expiresAt: null,
      expiresInHours: 0,
      needsReauth: true,
    };
  }
  const { expiresAt } = credential;
  const hoursLeft = expiresAt ? (expiresAt.getTime() - now.getTime()) / HOUR_MS : 0;
  return {
    authenticated: true,
    tokenValid: health === "HEALTHY" || health === "EXPIRING",
    expiresAt,
    expiresInHours: Math.max(0, hoursLeft),
    needsReauth: false,
  };
}
