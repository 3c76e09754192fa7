import type { Check } from "../../operations/health/server.ts";
import type { Values } from "../../platform/config/variable.ts";
import type { Provider, ProviderAdapter } from "../../vault/provider.ts";
import { findUsersCredentials } from "../../vault/vault.ts";
import {
  type GoogleApi,
  GoogleClientRefused,
  GoogleGrantRefused,
  GoogleNotConfigured,
  GoogleTokenRejected,
  GoogleUnreachable,
  type HasGoogle,
} from "./api/google_api.ts";
import type { GoogleEndpoints } from "./api/google_endpoints.ts";
import { findAuthorizations } from "./connect/authorization.ts";
import { checkReturnTo, checkScopes } from "./connect/authorization_input.ts";
import { AuthorizationDenied, GrantLost, InvalidState } from "./connect/authorization_refusals.ts";
import { completeInBrowser, type CompleteServices } from "./connect/complete_authorization.ts";
import { changeOnExpiry } from "./connect/google_state.ts";
import { startGoogleAuthorization, type StartServices } from "./connect/start_authorization.ts";
import { connectUrl } from "./credential/google_connection.ts";
import { googleTokens } from "./credential/google_refresh.ts";
import { revokeGoogleCredential, revokeGrantsOf } from "./credential/revoke_google.ts";
import {
  GOOGLE,
  GOOGLE_AUTHORIZATION,
  GOOGLE_LIMITS,
  GOOGLE_SLUG,
  GOOGLE_VARIABLES,
  googleProblems,
} from "./google_terms.ts";

/** The parts of Google that tests can replace. */
type GoogleOverrides = { google?: GoogleApi; googleEndpoints?: GoogleEndpoints };

const NAMES = {
  id: GOOGLE,
  label: "Google",
  slug: GOOGLE_SLUG,
  grantsPage: "https://myaccount.google.com/permissions",
} as const;

/** The Google provider. The user consents on its page, and its tokens can be refreshed. */
export const google = {
  ...NAMES,
  variables: GOOGLE_VARIABLES,
  problems: googleProblems,
  limits: GOOGLE_LIMITS,
  flow: {
    kind: GOOGLE_AUTHORIZATION,
    ending: changeOnExpiry,
    keptDays: 30,
    refusals: [
      GoogleNotConfigured,
      GoogleUnreachable,
      GoogleTokenRejected,
      GoogleGrantRefused,
      GoogleClientRefused,
      InvalidState,
      AuthorizationDenied,
      GrantLost,
    ],
  },
  secretShape: "{ accessToken, refreshToken, expiresAt }",
  loaders: {
    /** Connected Google accounts by owner. */
    googleOf: (db, userIds) => findUsersCredentials(db, GOOGLE, userIds),
    /** Google authorizations by flow id. */
    googleAuthorization: findAuthorizations,
  },
  connect: async (config: Values<typeof GOOGLE_VARIABLES>, given: GoogleOverrides & { now: () => Date }) => {
    const { now, google, googleEndpoints: endpoints } = given;
    return { google: google ?? await clientOf(config, { now, ...(endpoints && { endpoints }) }) };
  },
  start: startGoogle,
  examine: async (config: Values<typeof GOOGLE_VARIABLES>) => {
    const google = await clientOf(config);
    try {
      return await googleCheck(google);
    } finally {
      google.close();
    }
  },
} as const satisfies Provider;

/** Loads Google's library only when a client is needed, so that other commands start faster. */
async function clientOf(
  ...args: Parameters<typeof import("./api/configured_google.ts").configuredGoogle>
): Promise<GoogleApi> {
  const { configuredGoogle } = await import("./api/configured_google.ts");
  return configuredGoogle(...args);
}

function startGoogle(services: StartServices & CompleteServices & HasGoogle) {
  const { google } = services;
  return {
    ...NAMES,
    tokens: googleTokens(google),
    check: () => googleCheck(google),
    connectUrl: () => connectUrl(services),
    revoke: (caller, id) => revokeGoogleCredential(services, caller, id),
    revokeGrantsOf: (userId) => revokeGrantsOf(services, userId),
    consent: {
      configured: google.configured,
      check: ({ returnTo, scopes }) => {
        if (!google.configured) throw new GoogleNotConfigured();
        if (returnTo !== undefined) checkReturnTo(returnTo, services.publicUrl(), services.allowedOrigins);
        if (scopes) checkScopes(scopes);
      },
      start: async (caller, request, browser) => {
        const input = { mode: "WEB", ...request } as const;
        return (await startGoogleAuthorization(services, caller, input, browser)).authorizationUrl;
      },
      complete: (caller, back, browser) => completeInBrowser(services, caller, back, browser),
      connectUrl: () => connectUrl(services),
    },
    close: () => Promise.resolve(google.close()),
  } satisfies ProviderAdapter;
}

/** Checks that Google answers, if it is configured. */
async function googleCheck(google: GoogleApi): Promise<Check> {
  if (!google.configured) return { name: "Google", ok: true, message: "Not configured: not available" };
  try {
    const { latencyMs } = await google.reach();
    return { name: "Google", ok: true, message: `Answers in ${Math.round(latencyMs)} ms` };
  } catch (error) {
    return { name: "Google", ok: false, message: error instanceof Error ? error.message : "Unknown" };
  }
}
