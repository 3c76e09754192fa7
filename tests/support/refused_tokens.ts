import assert from "node:assert/strict";
import type { TestApp } from "./app.ts";
import { type Person, viewerOf } from "./people.ts";
import { post } from "./wire.ts";

const QUERIES = ["{ authState { user { id } } viewer { username } }", "{ protectedData { user } }"];

/** Asserts that this token signs in no user and causes no server error. */
async function assertRefused(app: TestApp, token: string, what: string): Promise<void> {
  for (const query of QUERIES) {
    const { data, errors } = await post(app, query, { token });
    assert.equal(data, undefined, what);
    assert.deepEqual(errors.map(({ extensions }) => extensions?.code), ["UNAUTHENTICATED"], what);
  }
}

/** Asserts that all of them are refused, and that the user's own token is valid before and after. */
export async function assertAllRefused(
  app: TestApp,
  person: Person,
  tokens: Record<string, string>,
): Promise<void> {
  assert.equal(await viewerOf(app, person.accessToken), person.username);
  for (const [what, token] of Object.entries(tokens)) await assertRefused(app, token, what);
  assert.equal(await viewerOf(app, person.accessToken), person.username);
  assert.equal(app.services.metrics.recent("failures", app.services.now()), 0);
}
