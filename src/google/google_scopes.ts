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

function longName(scope: string): string {
  return LONG_NAMES[scope] ?? scope;
}
