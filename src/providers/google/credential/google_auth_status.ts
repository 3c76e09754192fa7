import { healthOf, type Known } from "../../../vault/health.ts";

/** Whether a Google grant works. Web applications check it on every page. */
export type GoogleGrantStatus = {
  /** Whether a grant exists, as far as is known: its token is valid or can be refreshed. */
  authenticated: boolean;
  /** Whether the access token is valid now. */
  tokenValid: boolean;
  /** Null if authorization is needed. */
  expiresAt: Date | null;
  /** 0 if the token has expired. */
  expiresInHours: number;
  /** Whether only a new authorization helps. */
  needsReauth: boolean;
};

const HOUR_MS = 60 * 60 * 1000;

/** Computes the status from the stored credential only; pass undefined if there is none. */
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
