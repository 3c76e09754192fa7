import { Secret } from "../../../lib/secret.ts";
import type { TokenProvider } from "../../../vault/refresh.ts";
import { ReauthorizationRequired } from "../../../vault/open_credential.ts";
import type { GoogleApi } from "../api/google_api.ts";
import { type GoogleSecret, sealable } from "./google_credential.ts";

/** Refreshes stored Google tokens. Keeps the refresh token unless Google issues another one (R31). */
export function googleTokens(google: GoogleApi): TokenProvider {
  return {
    configured: google.configured,
    async refresh(sealed) {
      const { refreshToken } = sealed.reveal() as GoogleSecret;
      if (refreshToken === null) {
        throw new ReauthorizationRequired("Cannot refresh the Google tokens: there is no refresh token");
      }
      const tokens = await google.refresh(new Secret(refreshToken));
      return { secret: sealable(tokens, refreshToken), expiresAt: tokens.expiresAt, scopes: tokens.scopes };
    },
  };
}
