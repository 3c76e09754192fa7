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

/** An access token that is valid now. */
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
    /** Loads the connected Google accounts of a user; batched into one query for several users. */
    load: { googleOf: { load(userId: string): Promise<Credential[] | undefined> } };
  };

/**
 * Returns a valid access token that grants all of `scopes`, refreshed if necessary. Of several accounts it prefers
 * those whose token is still valid, then the newest. A user gets a token of their own accounts; an operator with
 * REVEAL gets one of the accounts that operators have connected.
 *
 * @throws ReauthorizationRequired with the URL of the page that connects Google, if no account has the scopes
 * (decided without a call to Google) or Google rejects their grants.
 * @throws RefreshFailed if the token has expired and Google cannot be reached.
 * @throws GoogleNotConfigured, Unauthenticated, Forbidden or InvalidInput.
 */
export async function googleAccess(
  services: AccessServices,
  caller: Caller,
  requested: readonly string[],
): Promise<GoogleAccess> {
  if (caller.kind !== "user" && !hasRole(caller, "REVEAL")) throw refusal(caller, "REVEAL");
  refuseGuests(caller);
  const scopes = parseScopes("give access to Google", requested);
  if (!services.google.configured) throw new GoogleNotConfigured();
  const connected = caller.kind === "user"
    ? await services.load.googleOf.load(caller.userId) ?? []
    : await findOwnersCredentials(services.db, GOOGLE, null);
  const granting = connected.filter((credential) => missingScopes(credential.scopes, scopes).length === 0);
  let message = refusalMessage(services, connected, granting, scopes);
  for (const credential of inOrderOfUse(services, granting)) {
    try {
      return accessBy(services, await freshCredential(services, credential, originOf(caller)), scopes);
    } catch (error) {
      // This grant no longer works, but another account may still have one.
      if (error instanceof CredentialNotFound) message = NOTHING_CONNECTED;
      else if (error instanceof ReauthorizationRequired) message = error.message;
      else throw error;
    }
  }
  throw reauthorization(services, message);
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

/** Returns the usable credentials in the order to try them. */
function inOrderOfUse(services: AccessServices, credentials: readonly Credential[]): Credential[] {
  const order = (credential: Credential) =>
    ORDER_OF_USE.findIndex((healths) => healths.includes(presentHealth(services, credential)));
  return credentials.filter((credential) => order(credential) >= 0).sort((one, other) =>
    order(one) - order(other)
  );
}

const ORDER_OF_USE: readonly string[][] = [["HEALTHY", "EXPIRING"], ["EXPIRED", "UNKNOWN"]];

function refusalMessage(
  services: AccessServices,
  connected: readonly Credential[],
  granting: readonly Credential[],
  scopes: readonly string[],
): string {
  if (granting.length > 0) return "Cannot give access to Google: it no longer accepts the grant";
  const [newest] = inOrderOfUse(services, connected);
  return newest ? withheld(missingScopes(newest.scopes, scopes)) : NOTHING_CONNECTED;
}

/** The longest list of scopes in an error, because the caller named them (R52). */
const MOST_CHARACTERS = 150;

function withheld(scopes: readonly string[]): string {
  const names = scopes.join(", ");
  const shown = names.length <= MOST_CHARACTERS ? names : `one of ${scopes.length} scopes`;
  return `Cannot give access to Google: ${shown} was not granted`;
}

function reauthorization(services: AccessServices, message: string): ReauthorizationRequired {
  return new ReauthorizationRequired(message, {
    actionRequired: "Connect Google again",
    authorizationUrl: connectUrl(services),
  });
}
