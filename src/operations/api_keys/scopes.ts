/** The scopes of API keys. The access rule of a field names the scope that may use it. */
export const API_KEY_SCOPES = ["users:read", "users:write", "events:read", "metrics:read"] as const;

export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

export function isApiKeyScope(name: string): name is ApiKeyScope {
  return API_KEY_SCOPES.some((known) => known === name);
}
