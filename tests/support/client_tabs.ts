import { bundled, ENTRIES } from "../../src/client/pack/entries.ts";
import type { BrowserContext, Page } from "playwright-core";
import type { Sallyport, StoredTokens } from "../../src/client/sallyport.ts";
import type { Fetch } from "../../src/http/router.ts";
import type { TestApp } from "./app.ts";
import { serve } from "./serve.ts";

/** Globals of the tab's page. */
declare global {
  var client: Sallyport;
  /** The values from `onSession`. */
  var sessions: boolean[];
  /** The user names from `onAuthState`; null when no user is signed in. */
  var names: (string | null)[];
}

let script: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** Serves the app over HTTP, with an empty page at `/tab` and the client at `/client.js`. */
export function serveTabs(app: { fetch: Fetch }): AsyncDisposable & { url: string } {
  const fetch: Fetch = async (request, peer) => {
    switch (new URL(request.url).pathname) {
      case "/tab":
        return new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
      case "/client.js":
        return new Response(await (script ??= bundled(ENTRIES["."])), {
          headers: { "content-type": "text/javascript" },
        });
      default:
        return await app.fetch(request, peer);
    }
  };
  return serve({ fetch });
}

/** Opens a tab whose page uses the client. */
export async function openTab(
  browser: BrowserContext,
  url: string,
  transport: "TOKENS" | "COOKIE" = "TOKENS",
): Promise<Page> {
  const tab = await browser.newPage();
  await tab.goto(`${url}/tab`);
  await tab.evaluate(async (transport) => {
    const { createSallyport, localTokenStorage } = await import(`${location.origin}/client.js`);
    const client: Sallyport = createSallyport({
      url: location.origin,
      transport,
      storage: localTokenStorage(),
    });
    globalThis.client = client;
    globalThis.sessions = [];
    globalThis.names = [];
    client.onSession((open) => sessions.push(open));
    client.onAuthState(({ user }) => names.push(user?.username ?? null));
  }, transport);
  return tab;
}

/** The tokens in the tab's `localStorage`. */
export function storedIn(tab: Page): Promise<StoredTokens | null> {
  return tab.evaluate(() => JSON.parse(localStorage.getItem("sallyport") ?? "null"));
}

/** Makes the stored access token due for renewal. */
export function expireToken(tab: Page): Promise<void> {
  return tab.evaluate(() => {
    const tokens = JSON.parse(localStorage.getItem("sallyport") ?? "null");
    localStorage.setItem("sallyport", JSON.stringify({ ...tokens, renewAt: 0 }));
  });
}

/** Counts of a user's session events. */
export type SessionCounts = { refreshed: number; repeated: number; reused: number; revoked: number };

export function countSessions(types: readonly string[]): SessionCounts {
  const count = (type: string) => types.filter((each) => each === type).length;
  return {
    refreshed: count("session.refreshed"),
    repeated: count("session.refresh_repeated"),
    reused: count("session.reuse_detected"),
    revoked: count("session.revoked"),
  };
}

/** Shortens the lifetime of new access tokens. */
export function shortenTokens(app: TestApp, seconds: number): void {
  app.services.sessions.lifetimes.accessTokenSeconds = seconds;
}
