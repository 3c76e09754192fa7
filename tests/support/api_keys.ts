import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import { mutate } from "./people.ts";
import { post } from "./wire.ts";

type App = { fetch: Fetch };

export type ShownKey = {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  owner: { id: string } | null;
  createdBy: { name: string; revokedAt: string | null } | null;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
};

const SHOWN =
  "id name prefix scopes owner { id } createdBy { name revokedAt } createdAt expiresAt lastUsedAt";

/** Creates an API key. The answer has an error code if it is refused. */
export function createKey(
  app: App,
  token: string | undefined,
  variables: { name?: string; scopes?: readonly string[]; days?: number },
) {
  return mutate<{ apiKey: ShownKey; key: string; message: string }>(
    app,
    `mutation ($name: String!, $scopes: [String!]!, $days: Int) {
      createApiKey(name: $name, scopes: $scopes, days: $days) {
        __typename ... on ApiKeyCreated { key apiKey { ${SHOWN} } } ... on AuthError { code message } } }`,
    { token, variables: { name: "machine", scopes: ["users:read"], ...variables } },
  );
}

export function revokeKey(app: App, token: string, id: string) {
  return mutate(
    app,
    "mutation ($id: ID!) { revokeApiKey(id: $id) { __typename ... on AuthError { code message } } }",
    { token, variables: { id } },
  );
}

export async function listKeys(app: App, token: string): Promise<ShownKey[]> {
  const { data, text } = await post(app, `{ apiKeys { ${SHOWN} } }`, { token });
  assert.ok(data, text);
  return data["apiKeys"] as ShownKey[];
}
