/** What a key may do, and nothing else. Each scope opens fields of the API that name it. */
export const API_KEY_SCOPES = ["users:read", "users:write", "events:read", "metrics:read"] as const;

export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

export function isApiKeyScope(name: string): name is ApiKeyScope {
  return API_KEY_SCOPES.some((known) => known === name);
}
