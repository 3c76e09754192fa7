import { InvalidInput } from "../../../lib/errors.ts";

const APIS = "https://www.googleapis.com/auth/";

/** Google knows these two by either name, and answers with the long one. OpenID Connect's name is the one we keep. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  [`${APIS}userinfo.email`, "email"],
  [`${APIS}userinfo.profile`, "profile"],
]);

/** The scopes, each once and by the one name that we ask for, store and compare. */
export function canonicalScopes(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => SHORT_NAMES.get(scope) ?? scope))];
}

/** Of the scopes `wanted` those that are not `granted`. */
export function missingScopes(granted: readonly string[], wanted: readonly string[]): string[] {
  const held = new Set(canonicalScopes(granted));
  return canonicalScopes(wanted).filter((scope) => !held.has(scope));
}

/** RFC 6749 §3.3: what a scope is made of. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const MOST_SCOPES = 50;

/**
 * The scopes in their canonical form. Throws `InvalidInput` for what cannot be Google's names of scopes; `action` is
 * what cannot be done with them.
 */
export function parseScopes(action: string, scopes: readonly string[]): string[] {
  if (scopes.length <= MOST_SCOPES && scopes.every((scope) => SCOPE.test(scope))) {
    return canonicalScopes(scopes);
  }
  throw new InvalidInput(
    `Cannot ${action}: scopes are up to ${MOST_SCOPES} names of Google's, without spaces`,
  );
}
