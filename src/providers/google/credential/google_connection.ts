import { consentPaths } from "../../../vault/browser_consent.ts";
import { GOOGLE, GOOGLE_SLUG } from "../google_terms.ts";
import { type Caller, ownerOf, refusal } from "../../../operations/caller.ts";
import type { HasGoogle } from "../api/google_api.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasPublicUrl } from "../../../lib/public_url.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { TokenHealth } from "../../../vault/health.ts";
import { type Credential, findOwnersCredentials, presentHealth } from "../../../vault/vault.ts";
import { googleAuthStatusOf, type GoogleGrantStatus } from "./google_auth_status.ts";
import { missingScopes } from "../api/google_scopes.ts";

/** Whether the caller's Google grant works, and where to renew it. */
export type GoogleAuthStatus = GoogleGrantStatus & { configured: boolean; authorizationUrl: string | null };

const CONNECT_PATH = consentPaths(GOOGLE_SLUG).connect;

/** The page whose button connects Google: with these scopes, and on to `returnTo` afterwards. */
export function connectUrl(
  { publicUrl }: HasPublicUrl,
  { returnTo, scopes }: { returnTo?: string | null; scopes?: readonly string[] } = {},
): string {
  const query = new URLSearchParams({
    ...(returnTo != null && { returnTo }),
    ...(scopes && { scope: scopes.join(" ") }),
  });
  return `${publicUrl()}${CONNECT_PATH}${query.size > 0 ? `?${query}` : ""}`;
}

/** The best first; what is revoked is never looked at. */
const RANK: readonly TokenHealth[] = [
  "HEALTHY",
  "EXPIRING",
  "UNKNOWN",
  "EXPIRED",
  "REAUTHORIZATION_REQUIRED",
];

/**
 * The owner's Google accounts that are not revoked, those that work best first, and the newest of equal ones: the same
 * that `googleAccess` chooses from.
 */
export async function googleCredentials(
  services: HasDatabase & HasClock & HasRefreshHorizon,
  ownerId: string | null,
): Promise<Credential[]> {
  const rank = (credential: Credential) => RANK.indexOf(presentHealth(services, credential));
  return (await findOwnersCredentials(services.db, GOOGLE, ownerId)).sort((a, b) => rank(a) - rank(b));
}

/**
 * Whether consent must be asked for even if it was given before (R31), for nothing else brings a refresh token: unless
 * each account, for the person may choose any, can be refreshed with all of `scopes`.
 */
export function needsConsent(connected: readonly Credential[], scopes: readonly string[]): boolean {
  const suffices = ({ hasRefreshToken, refused, scopes: granted }: Credential) =>
    hasRefreshToken && !refused && missingScopes(granted, scopes).length === 0;
  return connected.length === 0 || !connected.every(suffices);
}

/** How things stand with the caller's Google, as far as is known; asks nobody, changes nothing. */
export async function googleAuthStatus(
  services: HasDatabase & HasClock & HasGoogle & HasPublicUrl & HasRefreshHorizon,
  caller: Caller,
): Promise<GoogleAuthStatus> {
  if (caller.kind === "nobody") throw refusal(caller, "READ");
  const { configured } = services.google;
  const [credential] = configured ? await googleCredentials(services, ownerOf(caller)) : [];
  const status = googleAuthStatusOf(credential, services.now());
  if (!configured) return { ...status, needsReauth: false, configured, authorizationUrl: null };
  return { ...status, configured, authorizationUrl: status.tokenValid ? null : connectUrl(services) };
}
