import assert from "node:assert/strict";
import type { TestApp } from "./app.ts";
import { type Person, viewerOf } from "./people.ts";
import { post } from "./wire.ts";

const QUERY = "{ authState { user { id } } viewer { username } }";
const REFUSED = { authState: { user: null }, viewer: null };

/** Asserts that this token signs in no user and causes no server error. */
async function assertRefused(app: TestApp, token: string, what: string): Promise<void> {
  const answer = await post(app, QUERY, { token });
  assert.deepEqual({ data: answer.data, errors: answer.errors }, { data: REFUSED, errors: [] }, what);
  const needed = await post(app, "{ protectedData { user } }", { token });
  assert.deepEqual(needed.errors.map(({ extensions }) => extensions?.code), ["UNAUTHENTICATED"], what);
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
