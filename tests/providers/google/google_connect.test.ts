import assert from "node:assert/strict";
import { startGoogleEmulator } from "../../../src/emulators/google/google_emulator.ts";
import type { Fetch } from "../../../src/http/router.ts";
import { startApp } from "../../support/app.ts";
import { cookieInput, newBrowser } from "../../support/browser.ts";
import { from } from "../../support/callers.ts";
import { onEachDatabase, onPglite, onPostgres } from "../../support/databases.ts";
import { decideAtGoogle, startGoogleApp } from "../../support/google.ts";
import { ADA, goTo, JSON_PLEASE, newVisitor, refusalOf, rejections } from "../../support/google_flows.ts";
import { newPerson, SIGN_IN } from "../../support/people.ts";
import { graphqlRequest, post } from "../../support/wire.ts";

const ORIGIN = "http://127.0.0.1:4000";
const CONNECT = `${ORIGIN}/connect/google`;

/** Presses the button of the page, with the page's origin. */
function press(
  browser: Parameters<typeof goTo>[0],
  url: string = CONNECT,
  headers: Record<string, string> = {},
): Promise<Response> {
  return browser.fetch(
    new Request(url, {
      method: "POST",
      headers: { accept: "text/html", "content-type": "application/x-www-form-urlencoded", ...headers },
    }),
  );
}

async function flowsOf(browser: Parameters<typeof post>[0]): Promise<{ scopes: string[]; status: string }[]> {
  const { data, text } = await post(
    browser,
    "{ flows { nodes { status ... on GoogleAuthorizationFlow { scopes } } } }",
  );
  assert.ok(data, text);
  return (data["flows"] as { nodes: { scopes: string[]; status: string }[] }).nodes;
}

onEachDatabase(
  "R28: the page shows a button that connects the account of the signed-in user",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const url = `${CONNECT}?returnTo=/done&scope=${
      encodeURIComponent("https://www.googleapis.com/auth/drive.readonly")
    }`;
    const page = await goTo(visitor, url);
    const html = await page.text();
    assert.equal(page.status, 200, html);
    assert.match(html, new RegExp(`signed in as <b><bdi>${visitor.username}</bdi></b>`));
    assert.match(html, /<form method="post">/);
    assert.match(
      page.headers.get("content-security-policy") ?? "",
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    assert.equal(
      page.headers.get("referrer-policy"),
      "same-origin",
      "the POST needs its Origin header",
    );
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.deepEqual(await flowsOf(visitor), [], "viewing the page starts no flow");

    const pressed = await press(visitor, url);
    assert.equal(pressed.status, 303, await pressed.text());
    assert.equal(pressed.headers.get("cache-control"), "no-store");
    const authorizationUrl = pressed.headers.get("location") ?? "";
    assert.ok(authorizationUrl.startsWith(app.google.endpoints.authorization));
    const back = await goTo(visitor, await decideAtGoogle(authorizationUrl, ADA));
    assert.deepEqual([back.status, back.headers.get("location")], [303, `${ORIGIN}/done`]);
    const [flow, ...more] = await flowsOf(visitor);
    assert.deepEqual(more, []);
    assert.equal(flow?.status, "SUCCEEDED");
    assert.ok(flow.scopes.includes("https://www.googleapis.com/auth/drive.readonly"));
  },
);

onEachDatabase("after a denial the link to try again keeps the scopes and returnTo", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const scope = "https://www.googleapis.com/auth/drive.readonly";
  const asked = { returnTo: "/done?a=1&b=<2>", scope };
  let page = `${CONNECT}?${new URLSearchParams(asked)}`;
  const pressAndReturn = async (decision: Parameters<typeof decideAtGoogle>[1]) => {
    const pressed = await press(visitor, page);
    return await goTo(visitor, await decideAtGoogle(pressed.headers.get("location") ?? "", decision));
  };
  for (const _ of ["at first", "again"]) {
    const denied = await pressAndReturn({ deny: true });
    assert.equal(denied.status, 403);
    const [, link = ""] = /<a href="([^"]+)">Connect Google<\/a>/.exec(await denied.text()) ?? [];
    page = link.replaceAll("&amp;", "&");
    assert.deepEqual(Object.fromEntries(new URL(page).searchParams), {
      returnTo: `${ORIGIN}/done?a=1&b=%3C2%3E`,
      scope: `openid email ${scope}`,
    });
  }
  const back = await pressAndReturn(ADA);
  assert.deepEqual([back.status, back.headers.get("location")], [303, `${ORIGIN}/done?a=1&b=%3C2%3E`]);
  assert.deepEqual((await flowsOf(visitor)).map(({ status }) => status), ["FAILED", "FAILED", "SUCCEEDED"]);
});

onPglite("R28: pages of other origins, links and forms cannot press the button", async (database) => {
  await using app = await startGoogleApp({ database, env: { ALLOWED_ORIGINS: "https://app.example" } });
  const visitor = await newVisitor(app);
  const cookie = visitor.cookie() ?? "";
  for (
    const origin of [
      "https://evil.example",
      "https://app.example",
      "null",
      "http://127.0.0.1:4001",
      undefined,
    ]
  ) {
    const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
    const refused = await press(app, CONNECT, headers);
    assert.equal(refused.status, 403, `${origin}: ${await refused.text()}`);
    assert.deepEqual(refused.headers.getSetCookie(), []);
  }
  for (const method of ["HEAD", "PUT", "DELETE"]) {
    const refused = await app.fetch(new Request(CONNECT, { method, headers: { cookie, origin: ORIGIN } }));
    assert.equal(refused.status, 405);
    await refused.body?.cancel();
  }
  assert.deepEqual(await flowsOf(visitor), []);
});

onPglite("unauthenticated visitors and guests get an error page", async (database) => {
  await using app = await startGoogleApp({ database });
  for (const open of [goTo, press] as const) {
    const stranger = newBrowser(app);
    const refused = await open(stranger, CONNECT);
    assert.equal(refused.status, 401);
    assert.match(await refused.text(), /You are not signed in here/);
    // A token in a header is not this browser's session.
    const { accessToken } = await newPerson(app);
    const token = await open(stranger, CONNECT, { authorization: `Bearer ${accessToken}` });
    assert.equal(token.status, 401);
    await token.body?.cancel();
    const anonymous = newBrowser(app);
    await post(anonymous, "mutation { signInAsGuest(input: { transport: COOKIE }) { __typename } }");
    const asGuest = await open(anonymous, CONNECT);
    assert.equal(asGuest.status, 403);
    assert.match(await asGuest.text(), /guest/);
  }
});

onPglite(
  "R28: the dialog's window starts a flow for its bearer token, and only from our own page",
  async (database) => {
    await using app = await startGoogleApp({ database, env: { ALLOWED_ORIGINS: "https://app.example" } });
    const [grace, ada] = [await newVisitor(app), await newPerson(app)];
    const window = (headers: Record<string, string>) =>
      grace.fetch(
        new Request(`${CONNECT}/window`, { method: "POST", headers: { ...JSON_PLEASE, ...headers } }),
      );
    const refusal = await refusalOf(await window({}));
    assert.deepEqual([refusal.status, refusal.code], [401, "UNAUTHENTICATED"], "the cookie does not count");
    const authorization = `Bearer ${ada.accessToken}`;
    for (const origin of ["https://evil.example", "https://app.example", "null"]) {
      const refused = await from(app, "203.0.113.7").fetch(
        new Request(`${CONNECT}/window`, {
          method: "POST",
          headers: { ...JSON_PLEASE, authorization, origin },
        }),
      );
      assert.equal((await refusalOf(refused)).status, 403, origin);
      assert.deepEqual(refused.headers.getSetCookie(), []);
    }
    const started = await window({ authorization });
    assert.equal(started.headers.get("cache-control"), "no-store");
    const { authorizationUrl } = await started.json();
    const back = await goTo(grace, await decideAtGoogle(authorizationUrl, ADA));
    assert.equal(back.status, 200, await back.text());
    assert.deepEqual(await flowsOf(grace), []);
    const { data } = await post(app, "{ flows { nodes { status } } }", { token: ada.accessToken });
    assert.deepEqual(data, { flows: { nodes: [{ status: "SUCCEEDED" }] } });
  },
);

onPglite("R30: the page rejects a returnTo to another origin", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  for (const returnTo of ["https://evil.example/", "//evil.example", "javascript:alert(1)", "done"]) {
    const url = `${CONNECT}?${new URLSearchParams({ returnTo })}`;
    for (const open of [goTo, press] as const) {
      const refused = await open(visitor, url);
      assert.equal(refused.status, 400);
      assert.doesNotMatch(await refused.text(), /evil/);
    }
  }
  assert.deepEqual(await flowsOf(visitor), []);
});

onPglite("without configuration both pages show an error", async (database) => {
  await using app = await startApp({ database });
  const visitor = await newVisitor(app);
  const page = await goTo(visitor, CONNECT);
  assert.equal(page.status, 503);
  const html = await page.text();
  assert.match(html, /Google is not connected[^]*it is not configured/);
  assert.doesNotMatch(html, /connect\/google/);
  const refusal = await refusalOf(
    await goTo(visitor, `${ORIGIN}/auth/google/callback?state=x&code=y`, JSON_PLEASE),
  );
  assert.deepEqual([refusal.code, refusal.authorizationUrl], ["INVALID_STATE", null]);
});

onPglite("the callback accepts only GET, and its error page links to a new attempt", async (database) => {
  await using app = await startGoogleApp({ database });
  for (const method of ["POST", "HEAD", "PUT"]) {
    const refused = await app.fetch(new Request(`${ORIGIN}/auth/google/callback?state=x&code=y`, { method }));
    assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET"]);
    await refused.body?.cancel();
  }
  const page = await goTo(newBrowser(app), `${ORIGIN}/auth/google/callback?state=<x>&code=y`);
  const html = await page.text();
  assert.equal(page.status, 400);
  assert.match(html, /it was started elsewhere, is finished, or took too long/);
  assert.match(html, /<a href="http:\/\/127\.0\.0\.1:4000\/connect\/google">Connect Google<\/a>/);
  assert.ok(!html.includes("<x>"));
});

onPglite(
  "R40: repeated returns with invalid states are rate limited and do not fill the log",
  async (database) => {
    await using app = await startGoogleApp({ database, env: { LIMIT_STATES_PER_ADDRESS_HOUR: "3" } });
    const attacker = from(app, "203.0.113.7");
    const visitor = await newVisitor(app);
    const codes: string[] = [];
    for (let i = 0; i < 6; i++) {
      const response = await goTo(attacker, `${ORIGIN}/auth/google/callback?state=x${i}&code=y`, JSON_PLEASE);
      const { code, retryAfterSeconds } = await refusalOf(response);
      assert.equal(
        retryAfterSeconds === null ? null : `${retryAfterSeconds}`,
        response.headers.get("retry-after"),
      );
      assert.equal(retryAfterSeconds !== null, code === "RATE_LIMITED");
      codes.push(code);
    }
    assert.deepEqual(codes, [...Array(3).fill("INVALID_STATE"), ...Array(3).fill("RATE_LIMITED")]);
    assert.equal((await rejections(app)).length, 3);
    const limited = await goTo(attacker, `${ORIGIN}/auth/google/callback?state=x&code=y`);
    assert.equal(limited.status, 429);
    assert.ok(Number(limited.headers.get("retry-after")) > 0);
    await limited.body?.cancel();
    const pressed = await press(visitor);
    const back = await decideAtGoogle(pressed.headers.get("location") ?? "", ADA);

    const there = await goTo(from(visitor, "203.0.113.7"), back);
    assert.equal(there.status, 200, "a valid state is accepted from the same address");
  },
);

onPostgres(
  "the flow works over real HTTP: from our page to Google and back",
  async (database) => {
    await using google = await startGoogleEmulator();
    const reserved = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const home = `http://127.0.0.1:${reserved.addr.port}`;
    reserved.close();
    await using app = await startGoogleApp({ database, google, env: { PUBLIC_URL: home } });
    await using _server = listenAt(app, Number(new URL(home).port));
    const browser = newBrowser({ fetch: (request) => fetch(request, { redirect: "manual" }) }, home);
    const { username } = await newPerson(app);
    const signedIn = await browser.fetch(signInWithCookieRequest(username, home));
    assert.equal(signedIn.status, 200, await signedIn.text());
    const pressed = await press(browser, `${home}/connect/google?returnTo=/healthz`);
    assert.equal(pressed.status, 303, await pressed.text());
    const back = await decideAtGoogle(pressed.headers.get("location") ?? "", ADA);
    assert.equal(back.href.startsWith(`${home}/auth/google/callback?`), true);
    const returned = await goTo(browser, back);
    assert.deepEqual([returned.status, returned.headers.get("location")], [303, `${home}/healthz`]);
    await returned.body?.cancel();
    const arrived = await goTo(browser, `${home}/healthz`);
    assert.equal(await arrived.text(), "alive\n");
  },
);

function signInWithCookieRequest(username: string, home: string): Request {
  const request = graphqlRequest(SIGN_IN, { variables: cookieInput(username) });
  return new Request(`${home}/graphql`, request);
}

function listenAt(app: { fetch: Fetch }, port: number): AsyncDisposable {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    (request, info) => app.fetch(request, info),
  );
  return { [Symbol.asyncDispose]: () => server.shutdown() };
}
