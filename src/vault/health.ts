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
  /** When the provider issued the tokens, where we know. */
  issuedAt: Date | null;
  expiresAt: Date | null;
  hasRefreshToken: boolean;
  /** Tries to refresh that failed since the last one that did not, without the provider refusing. */
  refreshFailures: number;
  /** When the provider last answered about the tokens. */
  lastCheckedAt: Date | null;
};

/** By then a token that can be refreshed has been, however far its end may be. */
export const LAST_PART_OF_LIFE = 0.8;

/** Before it has lived so much, no token's end is near: one that lives hardly longer than the horizon would be new. */
const LEAST_PART_OF_LIFE = 0.5;

/**
 * The health of a credential, from what is known and nothing else; the first row that fits decides:
 *
 * | known                                                           | health                   |
 * | --------------------------------------------------------------- | ------------------------ |
 * | revoked here                                                    | REVOKED                  |
 * | refused by the provider                                         | REAUTHORIZATION_REQUIRED |
 * | past its end, nothing to refresh with                           | REAUTHORIZATION_REQUIRED |
 * | past its end, and refreshing fails: the provider cannot be asked | UNKNOWN                  |
 * | past its end                                                    | EXPIRED                  |
 * | never confirmed by the provider                                 | UNKNOWN                  |
 * | of a life within the horizon, has lived 80 %                    | EXPIRING                 |
 * | of a longer one, ends within the horizon, and has lived half    | EXPIRING                 |
 * | none of these                                                   | HEALTHY                  |
 *
 * A token whose life we do not know is EXPIRING as soon as it ends within the horizon.
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

/** When its health changes next by time alone: EXPIRING, then over. Null when it never does. */
export function nextChange(known: Known, now: Date, horizonSeconds: number): Date | null {
  const { revokedAt, refused, expiresAt } = known;
  if (revokedAt || refused || !expiresAt || expiresAt <= now) return null;
  const expiring = expiringFrom(known, horizonSeconds);
  return expiring > now.getTime() ? new Date(expiring) : expiresAt;
}

/** From when on it is EXPIRING, in milliseconds since 1970; never, for what does not end. */
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
