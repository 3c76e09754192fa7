export type TokenHealth =
  | "HEALTHY"
  | "EXPIRING"
  | "EXPIRED"
  | "REAUTHORIZATION_REQUIRED"
  | "REVOKED"
  | "UNKNOWN";

/** The facts that, with the time, determine the health of a credential. */
export type Known = {
  revokedAt: Date | null;
  /** The provider answered that the tokens are invalid. */
  refused: boolean;
  /** When the provider issued the tokens; null if unknown. */
  issuedAt: Date | null;
  expiresAt: Date | null;
  hasRefreshToken: boolean;
  /** Failed refreshes since the last successful one. Refusals by the provider do not count. */
  refreshFailures: number;
  /** When the provider last confirmed or refused the tokens. */
  lastCheckedAt: Date | null;
};

/** A token is refreshed before this part of its lifetime has passed, even if it expires long after. */
export const LAST_PART_OF_LIFE = 0.8;

/** No token is EXPIRING earlier. Otherwise a new token that lives little longer than the horizon would be. */
const LEAST_PART_OF_LIFE = 0.5;

/**
 * Computes the health of a credential from the known facts and the time. The first matching row applies:
 *
 * | fact                                                              | health                   |
 * | ----------------------------------------------------------------- | ------------------------ |
 * | revoked here                                                      | REVOKED                  |
 * | refused by the provider                                           | REAUTHORIZATION_REQUIRED |
 * | expired, no refresh token                                         | REAUTHORIZATION_REQUIRED |
 * | expired, and the last refresh failed without a refusal            | UNKNOWN                  |
 * | expired                                                           | EXPIRED                  |
 * | never confirmed by the provider                                   | UNKNOWN                  |
 * | lifetime within the horizon, 80 % of it has passed                | EXPIRING                 |
 * | longer lifetime, expires within the horizon, half of it has passed | EXPIRING                 |
 * | otherwise                                                         | HEALTHY                  |
 *
 * A token with an unknown lifetime is EXPIRING as soon as it expires within the horizon.
 */
export function healthOf(known: Known, now: Date, horizonSeconds: number): TokenHealth {
  if (known.revokedAt) return "REVOKED";
  if (known.refused) return "REAUTHORIZATION_REQUIRED";
  if (known.expiresAt && known.expiresAt <= now) {
    if (!known.hasRefreshToken) return "REAUTHORIZATION_REQUIRED";
    return known.refreshFailures > 0 ? "UNKNOWN" : "EXPIRED";
  }
  if (!known.lastCheckedAt) return "UNKNOWN";
  return now.getTime() >= expiringFrom(known, horizonSeconds) ? "EXPIRING" : "HEALTHY";
}

/** Returns when the health changes next by time alone: first to EXPIRING, then at the expiry. Null if never. */
export function nextChange(known: Known, now: Date, horizonSeconds: number): Date | null {
  const { revokedAt, refused, expiresAt } = known;
  if (revokedAt || refused || !expiresAt || expiresAt <= now) return null;
  const expiring = expiringFrom(known, horizonSeconds);
  return expiring > now.getTime() ? new Date(expiring) : expiresAt;
}

/** Returns when a token becomes EXPIRING, in milliseconds since 1970. Infinity if it does not expire. */
export function expiringFrom(
  { issuedAt, expiresAt }: Pick<Known, "issuedAt" | "expiresAt">,
  horizonSeconds: number,
): number {
  if (!expiresAt) return Infinity;
  const end = expiresAt.getTime();
  const withinHorizon = end - horizonSeconds * 1000;
  if (!issuedAt) return withinHorizon;
  const begin = issuedAt.getTime();
  const life = end - begin;
  const near = withinHorizon > begin
    ? Math.max(withinHorizon, begin + life * LEAST_PART_OF_LIFE)
    : begin + life * LAST_PART_OF_LIFE;
  return Math.ceil(Math.min(end, near));
}
