import { GOOGLE } from "../google_terms.ts";
import { type Caller, hasRole, originOf, refusal, refuseGuests } from "../../../operations/caller.ts";
import { Secret } from "../../../lib/secret.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasPublicUrl } from "../../../lib/public_url.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { HasRefresher } from "../../../vault/refresh.ts";
import {
  type Credential,
  CredentialNotFound,
  findOwnersCredentials,
  presentHealth,
} from "../../../vault/vault.ts";
import { ReauthorizationRequired } from "../../../vault/open_credential.ts";
import { freshCredential } from "../../../vault/use.ts";
import { GoogleNotConfigured, type HasGoogle } from "../api/google_api.ts";
import { connectUrl } from "./google_connection.ts";
import { googleSecretOf } from "./google_credential.ts";
import { canonicalScopes, missingScopes, parseScopes } from "../api/google_scopes.ts";

/** An access token that can be used now. */
export type GoogleAccess = { accessToken: Secret; expiresAt: Date; scopes: string[] };

type AccessServices =
  & HasDatabase
  & HasClock
  & HasKeys
  & HasGoogle
  & HasRefresher
  & HasRefreshHorizon
  & HasPublicUrl
  & {
    /** Reads a user's connected Google accounts, those of all users asked for in one turn with one query. */
    load: { googleOf: { load(userId: string): Promise<Credential[] | undefined> } };
  };

/**
 * A working access token of the caller's Google account that has granted all of `scopes`, refreshed if need be; of
 * the newest account of several, and rather of one that works than of one that must be refreshed. A person gets their
 * own; an operator with the role REVEAL that of what operators have connected, and nobody's else.
 *
 * Throws `ReauthorizationRequired`, with the page to authorise at, before Google is asked for anything, when there is
 * no such account; `RefreshFailed` when the token is over and Google cannot be asked; `GoogleNotConfigured`,
 * `Forbidden` or `InvalidInput`.
 */
export async function googleAccess(
  services: AccessServices,
  caller: Caller,
  asked: readonly string[],
): Promise<GoogleAccess> {
  if (caller.kind !== "user" && !hasRole(caller, "REVEAL")) throw refusal(caller, "REVEAL");
  refuseGuests(caller);
  const scopes = parseScopes("give access to Google", asked);
  if (!services.google.configured) throw new GoogleNotConfigured();
  const connected = caller.kind === "user"
    ? await services.load.googleOf.load(caller.userId) ?? []
    : await findOwnersCredentials(services.db, GOOGLE, null);
  const granting = connected.filter((credential) => missingScopes(credential.scopes, scopes).length === 0);
  let why = whyNone(services, connected, granting, scopes);
  for (const credential of byUse(services, granting)) {
    try {
      return accessBy(services, await freshCredential(services, credential, originOf(caller)), scopes);
    } catch (error) {
      // Its grant is gone; that of another account may not be.
      if (error instanceof CredentialNotFound) why = NOTHING_CONNECTED;
      else if (error instanceof ReauthorizationRequired) why = error.message;
      else throw error;
    }
  }
  throw reauthorization(services, why);
}

function accessBy(
  { keys }: HasKeys,
  credential: Credential,
  wanted: readonly string[],
): GoogleAccess {
  const { scopes } = credential;
  const missing = missingScopes(scopes, wanted);
  if (missing.length > 0) throw new ReauthorizationRequired(withheld(missing));
  const { accessToken, expiresAt } = googleSecretOf(keys, credential);
  return {
    accessToken: new Secret(accessToken),
    expiresAt: new Date(expiresAt),
    scopes: canonicalScopes(scopes),
  };
}

const NOTHING_CONNECTED = "Cannot give access to Google: no Google account is connected";

/** Those that can be used, at once or after a refresh, in the order in which they are to be tried. */
function byUse(services: AccessServices, credentials: readonly Credential[]): Credential[] {
  const order = (credential: Credential) =>
    USE.findIndex((healths) => healths.includes(presentHealth(services, credential)));
  return credentials.filter((credential) => order(credential) >= 0).sort((one, other) =>
    order(one) - order(other)
  );
}

const USE: readonly string[][] = [["HEALTHY", "EXPIRING"], ["EXPIRED", "UNKNOWN"]];

function whyNone(
  services: AccessServices,
  connected: readonly Credential[],
  granting: readonly Credential[],
  scopes: readonly string[],
): string {
  if (granting.length > 0) return "Cannot give access to Google: it does not accept the grant any more";
  const [newest] = byUse(services, connected);
  return newest ? withheld(missingScopes(newest.scopes, scopes)) : NOTHING_CONNECTED;
}

function withheld(scopes: readonly string[]): string {
  return `Cannot give access to Google: ${scopes.join(", ")} was not granted`;
}

function reauthorization(services: AccessServices, message: string): ReauthorizationRequired {
  return new ReauthorizationRequired(message, {
    actionRequired: "Connect Google again",
    authorizationUrl: connectUrl(services),
  });
}
