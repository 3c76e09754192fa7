import type { AdapterPayload, Configuration, Provider } from "oidc-provider";
import { GOOGLE_ISSUERS } from "../../providers/google/api/google_endpoints.ts";
import { memoryAdapter } from "./adapter.ts";
import { makeIdToken } from "./id_token.ts";
import type { Keys } from "./keys.ts";
import { loadProvider } from "./load_provider.ts";
import type { People } from "./people.ts";
import { SCOPES } from "./scopes.ts";
import type { GoogleSwitches } from "./switches.ts";

/** A registered application. */
export type EmulatedClient = { clientId: string; clientSecret: string };

/** The state of the emulator. */
export type GoogleState = {
  /** By client id. */
  clients: Map<string, EmulatedClient>;
  people: People;
  keys: Keys;
  switches: GoogleSwitches;
  now: () => Date;
  /** `<subject> <client id>` for each grant that is not revoked. */
  consents: Set<string>;
  /** The ids of grants whose code exchange also returns a refresh token. */
  offlineGrants: Set<string>;
  /** The last issued tokens, so that tests can search logs and databases for them. */
  secrets: string[];
};

export const AUTHORIZATION_PATH = "/o/oauth2/v2/auth";
export const TOKEN_PATH = "/token";
export const CONSENT_PATH = "/consent";

/** Same as Google's. */
const ACCESS_TOKEN_SECONDS = 3599;
/** Google's expire after six months without use. */
const REFRESH_TOKEN_SECONDS = 180 * 24 * 60 * 60;
const CODE_SECONDS = 10 * 60;
const INTERACTION_SECONDS = 60 * 60;

/** Creates an oidc-provider with Google's paths, rules and ID tokens. */
export async function createProvider(state: GoogleState): Promise<Provider> {
  const provider = new (await loadProvider())(GOOGLE_ISSUERS[0], configuration(state));
  allowRedirects(provider);
  signAsGoogle(provider, state);
  return provider;
}

function configuration({ clients, people, offlineGrants }: GoogleState): Configuration {
  return {
    adapter: memoryAdapter((clientId) => {
      const client = clients.get(clientId);
      return client && { client_id: client.clientId, client_secret: client.clientSecret, ...ANY_CLIENT };
    }),
    clientAuthMethods: ["client_secret_post"],
    // The provider needs no keys, because `signAsGoogle` signs with ours.
    enabledJWA: { idTokenSigningAlgValues: ["HS256"] },
    jwks: { keys: [] },
    responseTypes: ["code"],
    scopes: [...SCOPES],
    claims: { openid: ["sub"] },
    extraParams: ["access_type", "include_granted_scopes"],
    pkce: { required: () => false },
    rotateRefreshToken: false,
    issueRefreshToken: (_ctx, _client, code) => offlineGrants.delete(String(code.grantId)),
    expiresWithSession: () => false,
    findAccount: (_ctx, sub) =>
      people.find(sub) && { accountId: sub, claims: () => Promise.resolve({ sub }) },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    interactions: { url: (_ctx, { uid }) => `${CONSENT_PATH}/${uid}` },
    routes: { authorization: AUTHORIZATION_PATH, token: TOKEN_PATH },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: CODE_SECONDS,
      Grant: REFRESH_TOKEN_SECONDS,
      IdToken: ACCESS_TOKEN_SECONDS,
      Interaction: INTERACTION_SECONDS,
      RefreshToken: REFRESH_TOKEN_SECONDS,
      Session: INTERACTION_SECONDS,
    },
    renderError: (ctx, { error, error_description: description = "" }) => {
      ctx.type = "text";
      ctx.body = `Access blocked: ${error}\n${description}\n`;
    },
  };
}

const ANY_CLIENT: AdapterPayload = {
  application_type: "native",
  // A placeholder: `allowRedirects` decides which redirects are allowed.
  redirect_uris: ["http://127.0.0.1/"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "client_secret_post",
  id_token_signed_response_alg: "HS256",
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Allows redirects to Sallyport's callback on any server, and, as for an installed application, to any port of this
 * machine (RFC 8252 §7.3).
 */
function allowRedirects(provider: Provider): void {
  provider.Client.prototype.redirectUriAllowed = (value) => {
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol) || url.hash) return false;
    return url.pathname === "/auth/google/callback" ||
      (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  };
}

function signAsGoogle(provider: Provider, { people, keys, switches, now }: GoogleState): void {
  provider.IdToken.prototype.issue = async function () {
    const { sub } = await this.payload();
    const person = people.find(String(sub));
    if (!person) throw new TypeError(`Unknown account: ${sub}`);
    const { nonce } = this.extra;
    const scopes = new Set(String(Reflect.get(this, "scope")).split(" "));
    const input = { person, audience: this.client.clientId, scopes, now: now() };
    const own = typeof nonce === "string" ? { nonce } : {};
    return makeIdToken(keys.signing, input, { ...own, ...switches.idTokens });
  };
}
