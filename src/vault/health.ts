export type TokenHealth =
  | "HEALTHY"
  | "EXPIRING"
  | "EXPIRED"
  | "REAUTHORIZATION_REQUIRED"
  | "REVOKED"
  | "UNKNOWN";

/** Everything that a credential's health depends on, besides the time. */
export type Known = {
  revokedAt: Date | null;
  /** The provider said that the tokens do not work (any more). */
  refused: boolean;
  expiresAt: Date | null;
  hasRefreshToken: boolean;
  /** When the provider last answered about the tokens. */
  lastCheckedAt: Date | null;
};

/**
 * The health of a credential, from what is known and nothing else; the first row that fits decides:
 *
 * | known                                                | health                   |
 * | ---------------------------------------------------- | ------------------------ |
 * | revoked here                                         | REVOKED                  |
 * | refused by the provider                              | REAUTHORIZATION_REQUIRED |
 * | past its end, nothing to refresh with                | REAUTHORIZATION_REQUIRED |
 * | past its end                                         | EXPIRED                  |
 * | never confirmed by the provider                      | UNKNOWN                  |
 * | ends within the horizon                              | EXPIRING                 |
 * | none of these                                        | HEALTHY                  |
 */
export function healthOf(known: Known, now: Date, horizonSeconds: number): TokenHealth {
  if (known.revokedAt) return "REVOKED";
  if (known.refused) return "REAUTHORIZATION_REQUIRED";
  const secondsLeft = known.expiresAt ? (known.expiresAt.getTime() - now.getTime()) / 1000 : Infinity;
  if (secondsLeft <= 0) return known.hasRefreshToken ? "EXPIRED" : "REAUTHORIZATION_REQUIRED";
  if (!known.lastCheckedAt) return "UNKNOWN";
  return secondsLeft <= horizonSeconds ? "EXPIRING" : "HEALTHY";
}
