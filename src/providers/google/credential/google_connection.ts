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

/** Returns the URL of the page that connects Google with these scopes and then redirects to `returnTo`. */
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

/** Best first. Revoked credentials are never listed. */
const RANK: readonly TokenHealth[] = [
  "HEALTHY",
  "EXPIRING",
  "UNKNOWN",
  "EXPIRED",
  "REAUTHORIZATION_REQUIRED",
];

/**
 * Finds the owner's Google accounts that are not revoked, by health and then newest first. `googleAccess` chooses
 * from the same accounts.
 */
export async function googleCredentials(
  services: HasDatabase & HasClock & HasRefreshHorizon,
  ownerId: string | null,
): Promise<Credential[]> {
  const rank = (credential: Credential) => RANK.indexOf(presentHealth(services, credential));
  return (await findOwnersCredentials(services.db, GOOGLE, ownerId)).sort((a, b) => rank(a) - rank(b));
}

/**
 * Whether to request consent even if it was given before (R31), because Google issues a refresh token only then.
 * False only if every account can already be refreshed with all of `scopes`, since the user may choose any of them.
 */
export function needsConsent(connected: readonly Credential[], scopes: readonly string[]): boolean {
  const suffices = ({ hasRefreshToken, refused, scopes: granted }: Credential) =>
    hasRefreshToken && !refused && missingScopes(granted, scopes).length === 0;
  return connected.length === 0 || !connected.every(suffices);
}

/**
 * Returns the status of the caller's Google grant as far as is known. Makes no request to Google.
 *
 * @throws Unauthenticated for an unauthenticated caller.
 */
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
