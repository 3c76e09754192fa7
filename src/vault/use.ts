import { type Caller, mayAct, originOf, refusal } from "../operations/caller.ts";
import { AuthError } from "../lib/errors.ts";
import type { Origin } from "../events/events.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasRefresher } from "./refresh.ts";
import { type HasRefreshHorizon, LEAST_SECONDS_BETWEEN } from "./refresh_timing.ts";
import { type Credential, getCredential, presentHealth } from "./vault.ts";
import { ReauthorizationRequired } from "./open_credential.ts";

/** A refresh failed without a refusal, so the tokens may still be valid. */
export class RefreshFailed extends AuthError {
  readonly code = "PROVIDER_UNAVAILABLE";
  constructor(credential: Credential, now: Date) {
    const { lastFailure, refreshAt } = credential;
    const seconds = refreshAt ? Math.ceil((refreshAt.getTime() - now.getTime()) / 1000) : 1;
    super(lastFailure ?? "Cannot refresh these tokens: the provider cannot be reached", {
      actionRequired: "Try again shortly",
      retryAfterSeconds: Math.max(1, seconds),
    });
  }
}

type UseServices = HasClock & HasRefresher & HasRefreshHorizon;

/** A token that expires within this time is refreshed before use, so that the client has time to use it. */
const LEAST_SECONDS_LEFT = 60;

/**
 * Returns the credential with usable tokens, refreshing it first if they are about to expire. After a failed refresh it
 * does not call the provider again before `refreshAt`.
 *
 * @throws ReauthorizationRequired if the provider refused the tokens, or they expired without a refresh token.
 * @throws RefreshFailed if the tokens expired and the refresh failed for now.
 * @throws CredentialNotFound if the credential was revoked or deleted in the meantime.
 */
export async function freshCredential(
  services: UseServices,
  credential: Credential,
  origin: Origin,
): Promise<Credential> {
  const now = services.now();
  if (!needsRefresh(services, credential, now)) return credential;
  const tried = isPausing(credential, now)
    ? credential
    : await services.refresher.refresh(credential, origin);
  return usable(services, tried);
}

/** Whether the last refresh failed and the next is not due yet. */
function isPausing({ refreshFailures, refreshAt, claimedUntil }: Credential, now: Date): boolean {
  const claimed = claimedUntil !== null && claimedUntil > now;
  return refreshFailures > 0 && refreshAt !== null && refreshAt > now && !claimed;
}

function needsRefresh(services: UseServices, credential: Credential, now: Date): boolean {
  if (!credential.expiresAt || !credential.hasRefreshToken) return false;
  const secondsLeft = (credential.expiresAt.getTime() - now.getTime()) / 1000;
  // A token with a lifetime below LEAST_SECONDS_LEFT is used while it is HEALTHY.
  return secondsLeft <= 0 ||
    (secondsLeft <= LEAST_SECONDS_LEFT && presentHealth(services, credential) === "EXPIRING");
}

function usable(services: UseServices, credential: Credential): Credential {
  const now = services.now();
  if (credential.refused) throw new ReauthorizationRequired(credential.lastFailure ?? NOTHING_LEFT);
  if (credential.expiresAt && credential.expiresAt <= now) {
    if (!credential.hasRefreshToken) throw new ReauthorizationRequired(NOTHING_LEFT);
    throw new RefreshFailed(credential, now);
  }
  return credential;
}

const NOTHING_LEFT = "Cannot use this credential: it has expired and has no refresh token";

/**
 * Refreshes a credential now, for its owner or an operator with the role OPERATE. Returns it unchanged if it was
 * refreshed in the last ten seconds.
 *
 * @throws CredentialNotFound if the credential does not exist or the caller may not see it.
 * @throws Forbidden if the caller may see the credential but not refresh it.
 * @throws ReauthorizationRequired if it was revoked or refused, or has no refresh token.
 * @throws RefreshFailed if the refresh fails for now, or the last one failed and `refreshAt` has not passed.
 */
export async function refreshCredential(
  services: UseServices & HasDatabase,
  caller: Caller,
  id: string,
): Promise<Credential> {
  const credential = await getCredential(services, caller, id);
  if (!mayAct(caller, "OPERATE", credential.ownerId)) throw refusal(caller, "OPERATE");
  if (credential.revokedAt) {
    throw new ReauthorizationRequired("Cannot refresh this credential: it was revoked");
  }
  if (credential.refused || !credential.hasRefreshToken) {
    throw new ReauthorizationRequired(
      "Cannot refresh this credential: it has no valid refresh token",
      { actionRequired: "Authorise again" },
    );
  }
  const { lastRefreshedAt } = credential;
  const since = lastRefreshedAt ? services.now().getTime() - lastRefreshedAt.getTime() : Infinity;
  if (since < LEAST_SECONDS_BETWEEN * 1000) return credential;
  if (isPausing(credential, services.now())) throw new RefreshFailed(credential, services.now());
  const refreshed = await services.refresher.refresh(credential, originOf(caller));
  if (refreshed.refreshFailures > 0) throw new RefreshFailed(refreshed, services.now());
  return usable(services, refreshed);
}
