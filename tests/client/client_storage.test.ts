import assert from "node:assert/strict";
import { localTokenStorage, type StorageArea } from "../../src/client/sallyport.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, somebody } from "../support/sallyport_client.ts";

/** What the console is warned of until disposed. */
function warnings(): Disposable & { told: unknown[] } {
  const { warn } = console;
  const told: unknown[] = [];
  console.warn = (text: unknown) => void told.push(text);
  return { told, [Symbol.dispose]: () => void (console.warn = warn) };
}

/** A storage area that has room for what a test lets it have. */
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

onPglite("a session in localStorage goes on in the next client, until it is over", async (database) => {
  await using app = await startApp({ database });
  const area = newArea();
  const { client, user } = await somebody(app, { storage: localTokenStorage("mine", area) });
  client.close();
  assert.deepEqual([...area.kept.keys()], ["mine"]);
  const next = newSallyport(app, { storage: localTokenStorage("mine", area) });
  assert.equal((await next.authState()).user?.id, user.id);
  await next.signOut();
  assert.equal(area.kept.size, 0);
  next.close();
});

onPglite(
  "where localStorage is blocked the session is in memory, and the console says so once",
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
      const { client, user } = await somebody(app, { storage });
      assert.equal((await client.authState()).user?.id, user.id);
      assert.deepEqual(warned.told, ["Sallyport: localStorage cannot be used here, so a reload signs out"]);
      client.close();
    }
  },
);

onPglite(
  "a localStorage that is full by the time of a refresh costs nobody the session",
  async (database) => {
    await using app = await startApp({ database });
    using warned = warnings();
    const area = newArea();
    const storage = localTokenStorage("mine", area);
    const { client, username, user } = await somebody(app, { storage });
    area.isFull = true;
    for (let refreshes = 0; refreshes < 3; refreshes++) {
      // Longer than a spent token could be asked for again.
      app.clock.advance(16 * 60);
      assert.equal((await client.authState()).user?.id, user.id);
    }
    assert.equal(area.kept.size, 0, "a spent token is left to nobody");
    assert.equal(warned.told.length, 1);
    area.isFull = false;
    await client.signInWithPassword(username, PASSWORD);
    assert.equal(area.kept.size, 1);
    await client.signOut();
    assert.deepEqual([area.kept.size, client.signedIn], [0, false]);
    client.close();
  },
);
