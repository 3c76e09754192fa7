import assert from "node:assert/strict";
import {
  createSallyport,
  memoryStorage,
  type Sallyport,
  type SallyportOptions,
  type StoredTokens,
  type User,
} from "../../src/client/sallyport.ts";
import type { TestApp } from "./app.ts";
import { OWN_ORIGIN } from "./browser.ts";
import { newName, PASSWORD } from "./people.ts";

/** A client of this app without a session. */
export function newSallyport(app: TestApp, options: Partial<SallyportOptions> = {}): Sallyport {
  const fetch = (request: Request) => app.fetch(request);
  return createSallyport({ url: OWN_ORIGIN, fetch, sleep: () => Promise.resolve(), ...options });
}

/** A client of this app with a new user signed in. */
export async function signedInClient(
  app: TestApp,
  options: Partial<SallyportOptions> = {},
): Promise<{ client: Sallyport; user: User; username: string }> {
  const client = newSallyport(app, options);
  const username = newName();
  await client.register({ username, password: PASSWORD });
  const { user } = await client.signInWithPassword(username, PASSWORD);
  assert.ok(user);
  return { client, user, username };
}

/** A storage whose tokens the test can read and expire. */
export function openStorage() {
  const storage = memoryStorage();
  const tokens = () => storage.get() as StoredTokens;
  return { storage, tokens, expire: () => storage.set({ ...tokens(), renewAt: 0 }) };
}
