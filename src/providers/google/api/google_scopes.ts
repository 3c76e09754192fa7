import { InvalidInput } from "../../../lib/errors.ts";

const APIS = "https://www.googleapis.com/auth/";

/** Google accepts two names for these scopes and returns the long one. We keep the OpenID Connect name. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  [`${APIS}userinfo.email`, "email"],
  [`${APIS}userinfo.profile`, "profile"],
]);

/** Returns the scopes without duplicates and under their canonical names, which we request, store and compare. */
export function canonicalScopes(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => SHORT_NAMES.get(scope) ?? scope))];
}

/** Returns the scopes of `wanted` that are not in `granted`. */
export function missingScopes(granted: readonly string[], wanted: readonly string[]): string[] {
  const held = new Set(canonicalScopes(granted));
  return canonicalScopes(wanted).filter((scope) => !held.has(scope));
}

/** RFC 6749 §3.3: the characters of a scope. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const MAX_SCOPES = 50;

/**
 * Returns the scopes in canonical form. `action` completes the error "Cannot …".
 *
 * @throws InvalidInput for malformed scopes or too many of them.
 */
export function parseScopes(action: string, scopes: readonly string[]): string[] {
  if (scopes.length <= MAX_SCOPES && scopes.every((scope) => SCOPE.test(scope))) {
    return canonicalScopes(scopes);
  }
  throw new InvalidInput(
    `Cannot ${action}: scopes are up to ${MAX_SCOPES} names of Google's, without spaces`,
  );
}
