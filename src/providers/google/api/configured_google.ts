import type { Values } from "../../../platform/config/variable.ts";
import type { GOOGLE_VARIABLES } from "../google_terms.ts";
import { type GoogleApi, GoogleNotConfigured } from "./google_api.ts";
import { createGoogleClient, type GoogleClientOptions } from "./google_client.ts";

type GoogleVariables = Values<typeof GOOGLE_VARIABLES>;

/**
 * Creates the client for Google from the configuration. Without configuration, every method throws
 * `GoogleNotConfigured`.
 */
export function configuredGoogle(
  { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_CREDENTIALS_FILE }: GoogleVariables,
  options: Omit<GoogleClientOptions, "client" | "otherAudiences"> = {},
): GoogleApi {
  const [clientId, ...otherAudiences] = GOOGLE_CLIENT_ID ?? [];
  const named = clientId && GOOGLE_CLIENT_SECRET && { clientId, clientSecret: GOOGLE_CLIENT_SECRET };
  const client = GOOGLE_CREDENTIALS_FILE ?? named;
  return client ? createGoogleClient({ ...options, client, otherAudiences }) : NOT_CONFIGURED;
}

function refuse(): Promise<never> {
  return Promise.reject(new GoogleNotConfigured());
}

const NOT_CONFIGURED: GoogleApi = {
  configured: false,
  clientId: undefined,
  buttonScript: undefined,
  verifyIdToken: refuse,
  authorizationUrl: refuse,
  exchangeCode: refuse,
  refresh: refuse,
  revoke: refuse,
  reach: refuse,
  close() {},
};
