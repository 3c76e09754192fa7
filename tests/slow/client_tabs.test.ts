import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startApp, type TestApp } from "../support/app.ts";
import { openChromium } from "../support/chromium.ts";
import {
  countSessions,
  expireToken,
  openTab,
  serveTabs,
  shortenTokens,
  storedIn,
} from "../support/client_tabs.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, PASSWORD } from "../support/people.ts";
import { typesOf } from "../support/sessions.ts";

let browser: Promise<Browser> | undefined;
Deno.test.afterAll(async () => (await browser)?.close());

/** A new browser profile, closed on disposal. */
async function newProfile(): Promise<BrowserContext & AsyncDisposable> {
  return await (await (browser ??= openChromium())).newContext();
}

/** Serves the app, registers a user, and opens `count` tabs in one browser. */
async function inTabs(
  app: TestApp,
  count: number,
  transport: "TOKENS" | "COOKIE",
  test: (
    tabs: Page[],
    person: { id: string; username: string },
  ) => Promise<void>,
): Promise<void> {
  await using server = serveTabs(app);
  await using profile = await newProfile();
  const { id, username } = await newPerson(app);
  const tabs: Page[] = [];
  for (let index = 0; index < count; index++) tabs.push(await openTab(profile, server.url, transport));
  await test(tabs, { id, username });
}

async function signIn(tab: Page | undefined, username: string): Promise<void> {
  await tab?.evaluate(async ([name, password]) => {
    await client.signInWithPassword(name, password);
  }, [username, PASSWORD] as const);
}

onPglite("a sign-in or sign-out in one tab reaches the other tabs", async (database) => {
  await using app = await startApp({ database });
  for (const transport of ["TOKENS", "COOKIE"] as const) {
    await inTabs(app, 2, transport, async ([first, second], { username }) => {
      assert.ok(first && second);
      await second.waitForFunction(() => names.length === 1);
      await signIn(first, username);
      await second.waitForFunction((name) => names.at(-1) === name, username);
      assert.deepEqual(await second.evaluate(() => [client.signedIn, sessions]), [true, [true]]);
      await second.evaluate(() => client.signOut());
      await first.waitForFunction(() => names.at(-1) === null);
      for (const tab of [first, second]) {
        assert.deepEqual(await tab.evaluate(() => [client.signedIn, sessions]), [false, [true, false]]);
        assert.equal(await storedIn(tab), null);
      }
    });
  }
});

onPglite("R5: tabs that need a new access token at once share one refresh", async (database) => {
  await using app = await startApp({ database });
  await inTabs(app, 3, "TOKENS", async (tabs, { id, username }) => {
    await signIn(tabs[0], username);
    for (const tab of tabs) await tab.waitForFunction(() => names.at(-1) !== null);
    for (let round = 1; round <= 5; round++) {
      await expireToken(tabs[0]!);
      const answers = await Promise.all(tabs.map((tab) =>
        tab.evaluate(async () => {
          const states = await Promise.all(Array.from({ length: 5 }, () => client.authState()));
          return states.map(({ user }) => user?.id);
        })
      ));
      assert.deepEqual(new Set(answers.flat()), new Set([id]));
      assert.equal(countSessions(await typesOf(app, id)).refreshed, round);
    }
    assert.deepEqual(countSessions(await typesOf(app, id)), {
      refreshed: 5,
      repeated: 0,
      reused: 0,
      revoked: 0,
    });
  });
});

onPglite(
  "R5: when one tab signs out while another refreshes, both are signed out and stay so",
  async (database) => {
    await using app = await startApp({ database });
    await inTabs(app, 2, "TOKENS", async (tabs, { id, username }) => {
      const [first, second] = tabs;
      assert.ok(first && second);
      const ROUNDS = 10;
      for (let round = 0; round < ROUNDS; round++) {
        await signIn(first, username);
        await second.waitForFunction(() => client.signedIn);
        await expireToken(first);
        await Promise.all([
          first.evaluate(() => client.signOut()),
          second.evaluate(() => client.authState().then(() => {})),
        ]);
        // Either tab may have stored last. With the next request, the server reports that the session has ended.
        for (const tab of tabs) {
          assert.equal(await tab.evaluate(async () => (await client.authState()).user), null);
          await tab.waitForFunction(() => !client.signedIn && names.at(-1) === null);
        }
        assert.equal(await storedIn(first), null);
      }
      const { reused, revoked } = countSessions(await typesOf(app, id));
      assert.deepEqual({ reused, revoked }, { reused: 0, revoked: ROUNDS });
    });
  },
);

onPglite(
  "a browser whose clock is an hour off renews its token at the right time",
  async (database) => {
    await using app = await startApp({ database });
    for (const hours of [-1, 1]) {
      await inTabs(app, 1, "TOKENS", async ([tab], { id, username }) => {
        assert.ok(tab);
        await tab.clock.setSystemTime(Date.now() + hours * 3_600_000);
        await signIn(tab, username);
        const ask = () => tab.evaluate(async () => (await client.authState()).user?.id);
        for (let times = 0; times < 3; times++) assert.equal(await ask(), id);
        assert.equal(countSessions(await typesOf(app, id)).refreshed, 0);
        await tab.clock.setSystemTime(Date.now() + hours * 3_600_000 + 14.6 * 60_000);
        assert.equal(await ask(), id);
        assert.equal(countSessions(await typesOf(app, id)).refreshed, 1);
      });
    }
  },
);

/** The long run: `SALLYPORT_SOAK_SECONDS=120`. */
const SOAK_SECONDS = Number(Deno.env.get("SALLYPORT_SOAK_SECONDS") ?? "8");

onPglite(`three tabs refreshing for ${SOAK_SECONDS} s with tokens of two: no sign-out`, async (database) => {
  await using app = await startApp({ database });
  shortenTokens(app, 2);
  await inTabs(app, 3, "TOKENS", async (tabs, { id, username }) => {
    await signIn(tabs[0], username);
    for (const tab of tabs) await tab.waitForFunction(() => names.at(-1) !== null);
    const asked = await Promise.all(tabs.map((tab) =>
      tab.evaluate(async (seconds) => {
        const ids: (string | undefined)[] = [];
        const end = performance.now() + seconds * 1000;
        while (performance.now() < end) {
          ids.push((await client.authState()).user?.id);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
        }
        return { ids, sessions, names };
      }, SOAK_SECONDS)
    ));
    for (const { ids, sessions, names } of asked) {
      assert.ok(ids.length > SOAK_SECONDS, `${ids.length} requests`);
      assert.deepEqual(new Set(ids), new Set([id]));
      assert.deepEqual(sessions, [true]);
      assert.deepEqual(new Set(names.slice(1)), new Set([username]));
    }
    const { refreshed, reused, revoked } = countSessions(await typesOf(app, id));
    assert.ok(refreshed >= SOAK_SECONDS / 2 - 1, `${refreshed} refreshes`);
    assert.ok(refreshed <= SOAK_SECONDS * 2, `${refreshed} refreshes: one for all tabs`);
    assert.deepEqual({ reused, revoked }, { reused: 0, revoked: 0 });
    for (const tab of tabs) await tab.evaluate(() => names.length = 0);
    await tabs[0]?.evaluate(async () => {
      await client.transitionState("VISITOR");
    });
    for (const tab of tabs) await tab.waitForFunction(() => names.length > 0);
  });
});
