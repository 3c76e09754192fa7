import type { AdapterPayload, Configuration, Provider } from "oidc-provider";
import { GOOGLE_ISSUERS } from "../../providers/google/api/google_endpoints.ts";
import { memoryAdapter } from "./adapter.ts";
import { makeIdToken } from "./id_token.ts";
import type { Keys } from "./keys.ts";
import { loadProvider } from "./load_provider.ts";
import type { People } from "./people.ts";
import { SCOPES } from "./scopes.ts";
import type { GoogleSwitches } from "./switches.ts";

/** An application that Google's console knows. */
export type EmulatedClient = { clientId: string; clientSecret: string };

/** What the emulator's parts share. */
export type GoogleState = {
  /** By client id. */
  clients: Map<string, EmulatedClient>;
  people: People;
  keys: Keys;
  switches: GoogleSwitches;
  now: () => Date;
  /** `<subject> <client id>` of everybody who has granted something that is not revoked. */
  consents: Set<string>;
  /** Grants whose code is good for a refresh token too. */
  offlineGrants: Set<string>;
  /** The last tokens that were made: what a test must find nowhere else. */
  secrets: string[];
};

export const AUTHORIZATION_PATH = "/o/oauth2/v2/auth";
export const TOKEN_PATH = "/token";
export const CONSENT_PATH = "/consent";

/** As long as Google's. */
const ACCESS_TOKEN_SECONDS = 3599;
/** Google's last until they are revoked, or not used for half a year. */
const REFRESH_TOKEN_SECONDS = 180 * 24 * 60 * 60;
const CODE_SECONDS = 10 * 60;
const INTERACTION_SECONDS = 60 * 60;

/** oidc-provider, with Google's paths, rules and ID tokens: authorization, codes, PKCE, grants and their tokens. */
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
    // Our own keys sign, see `signAsGoogle`: the provider needs none.
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
  // Where it may really be sent back to is `allowRedirects`' to say.
  redirect_uris: ["http://127.0.0.1/"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "client_secret_post",
  id_token_signed_response_alg: "HS256",
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Every client is registered with Sallyport's callback, wherever that server is, and as an installed application: on
 * any port of this machine (RFC 8252 §7.3).
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
    if (!person) throw new TypeError("There is no such account");
    const { nonce } = this.extra;
    const scopes = new Set(String(Reflect.get(this, "scope")).split(" "));
    const input = { person, audience: this.client.clientId, scopes, now: now() };
    const own = typeof nonce === "string" ? { nonce } : {};
    return makeIdToken(keys.signing, input, { ...own, ...switches.idTokens });
  };
}
