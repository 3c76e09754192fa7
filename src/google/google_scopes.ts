import { InvalidInput } from "../errors.ts";

const APIS = "https://www.googleapis.com/auth/";

/** Google knows these two by either name, and answers with the long one. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  email: `${APIS}userinfo.email`,
  profile: `${APIS}userinfo.profile`,
};

/** Of the scopes `wanted`, by either of Google's names for one, those that are not `granted`. */
export function missingScopes(granted: readonly string[], wanted: readonly string[]): string[] {
  const held = new Set(granted.map(longName));
  return wanted.filter((scope) => !held.has(longName(scope)));
}

/** RFC 6749 §3.3: what a scope is made of. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const MOST_SCOPES = 50;

/** Throws `InvalidInput` for what cannot be Google's names of scopes. `action` is what cannot be done with them. */
export function checkScopeNames(action: string, scopes: readonly string[]): void {
  if (scopes.length <= MOST_SCOPES && scopes.every((scope) => SCOPE.test(scope))) return;
  throw new InvalidInput(
    `Cannot ${action}: scopes are up to ${MOST_SCOPES} names of Google's, without spaces`,
  );
}

function longName(scope: string): string {
  return LONG_NAMES[scope] ?? scope;
}
