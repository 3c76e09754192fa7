import { Secret } from "../../../lib/secret.ts";
import type { GoogleTokens } from "./google_api.ts";
import { canonicalScopes } from "./google_scopes.ts";

/** Upper bound of a token's lifetime. Google's access tokens live one hour. */
const MAX_LIFETIME_SECONDS = 365 * 24 * 60 * 60;

/**
 * Reads a response of the token endpoint (RFC 6749 §5.1). Returns undefined if it is malformed or the access token
 * has already expired.
 */
export function readTokens(text: string, now: Date): GoogleTokens | undefined {
  const answer = parsed(text);
  const accessToken = textOf(answer["access_token"]);
  const seconds = secondsOf(answer["expires_in"]);
  const isBearer = /^bearer$/i.test(textOf(answer["token_type"]) ?? "");
  if (!accessToken || !isBearer || !(seconds > 0)) return undefined;
  const refreshToken = textOf(answer["refresh_token"]);
  const idToken = textOf(answer["id_token"]);
  const scopes = textOf(answer["scope"])?.split(" ").filter((scope) => scope !== "");
  return {
    accessToken: new Secret(accessToken),
    ...(refreshToken && { refreshToken: new Secret(refreshToken) }),
    ...(idToken && { idToken: new Secret(idToken) }),
    expiresAt: new Date(now.getTime() + Math.min(seconds, MAX_LIFETIME_SECONDS) * 1000),
    ...(scopes && { scopes: canonicalScopes(scopes) }),
  };
}

/** Some servers send the number as a string. */
function secondsOf(value: unknown): number {
  return typeof value === "number" || typeof value === "string" ? Number(value) : NaN;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
