import assert from "node:assert/strict";
import { localTokenStorage, type StorageArea } from "../../src/client/sallyport.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, signedInClient } from "../support/sallyport_client.ts";

/** Records console warnings until disposal. */
function warnings(): Disposable & { texts: unknown[] } {
  const { warn } = console;
  const texts: unknown[] = [];
  console.warn = (text: unknown) => void texts.push(text);
  return { texts, [Symbol.dispose]: () => void (console.warn = warn) };
}

/** A storage area that the test can fill up. */
function newArea() {
  const kept = new Map<string, string>();
  const area = {
    isFull: false,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (area.isFull) throw new DOMException("Full", "QuotaExceededError");
      kept.set(key, value);
    },
    removeItem: (key: string) => void kept.delete(key),
  };
  return Object.assign(area satisfies StorageArea, { kept });
}

onPglite("the next client continues a session from localStorage, until signOut", async (database) => {
  await using app = await startApp({ database });
  const area = newArea();
  const { client, user } = await signedInClient(app, { storage: localTokenStorage("mine", area) });
  client.close();
  assert.deepEqual([...area.kept.keys()], ["mine"]);
  const next = newSallyport(app, { storage: localTokenStorage("mine", area) });
  assert.equal((await next.authState()).user?.id, user.id);
  await next.signOut();
  assert.equal(area.kept.size, 0);
  next.close();
});

onPglite(
  "when localStorage is blocked, the session is in memory, with one console warning",
  async (database) => {
    await using app = await startApp({ database });
    const own = Object.getOwnPropertyDescriptor(globalThis, "localStorage") ?? {};
    for (
      const blocked of [
        () => {
          throw new DOMException("Denied", "SecurityError");
        },
        () => null,
        () => undefined,
      ]
    ) {
      using warned = warnings();
      Object.defineProperty(globalThis, "localStorage", { configurable: true, get: blocked });
      const storage = localTokenStorage();
      Object.defineProperty(globalThis, "localStorage", own);
      assert.equal(storage.shared, false);
      const { client, user } = await signedInClient(app, { storage });
      assert.equal((await client.authState()).user?.id, user.id);
      assert.deepEqual(warned.texts, ["Sallyport: localStorage is not available, so a reload signs out"]);
      client.close();
    }
  },
);

onPglite(
  "when localStorage is full at a refresh, the session continues in memory",
  async (database) => {
    await using app = await startApp({ database });
    using warned = warnings();
    const area = newArea();
    const storage = localTokenStorage("mine", area);
    const { client, username, user } = await signedInClient(app, { storage });
    area.isFull = true;
    for (let refreshes = 0; refreshes < 3; refreshes++) {
      // Longer than the time in which a used refresh token may be repeated.
      app.clock.advance(16 * 60);
      assert.equal((await client.authState()).user?.id, user.id);
    }
    assert.equal(area.kept.size, 0, "the used token is removed from localStorage");
    assert.equal(warned.texts.length, 1);
    area.isFull = false;
    await client.signInWithPassword(username, PASSWORD);
    assert.equal(area.kept.size, 1);
    await client.signOut();
    assert.deepEqual([area.kept.size, client.signedIn], [0, false]);
    client.close();
  },
);
