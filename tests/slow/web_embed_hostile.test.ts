import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { dispatch, frameIn, framesIn, openSite, otherSite, pageEvents } from "../support/other_site.ts";
import { newPerson, PASSWORD } from "../support/people.ts";
import { inWindow } from "../support/web.ts";

const SITE = openSite("localhost");
const HOSTILE = openSite("localhost");

const LISTED = { env: { ALLOWED_ORIGINS: SITE } };

const ORIGIN = "http://127.0.0.1:4000";

function get(app: TestApp, path: string, method = "GET"): Promise<Response> {
  return app.fetch(new Request(ORIGIN + path, { method }));
}

onPglite("only pages of the listed origin in the URL can show the frame", async (database) => {
  const listed = ["https://app.example.test", "https://other.example.test"];
  await using app = await startApp({ database, env: { ALLOWED_ORIGINS: listed.join() } });
  for (const origin of [...listed, ORIGIN]) {
    const response = await get(app, `/embed?origin=${encodeURIComponent(origin)}`);
    assert.equal(response.status, 200, origin);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]+'; connect-src 'self'; /);
    assert.equal(policy.split("frame-ancestors ")[1], origin);
    assert.ok((await response.text()).includes(`data-embedder="${origin}"`));
  }
  for (
    const origin of [
      "https://evil.test",
      "http://app.example.test",
      "https://app.example.test:8443",
      "https://app.example.test.evil.test",
      "https://app.example.test https://evil.test",
      "https://app.example.test;",
      "null",
      "*",
      "",
    ]
  ) {
    const response = await get(app, `/embed?origin=${encodeURIComponent(origin)}`);
    assert.equal(response.status, 403, origin);
    assert.match(response.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'$/);
    assert.doesNotMatch(await response.text(), /<script|data-/);
  }
  assert.equal((await get(app, "/embed")).status, 403);
  assert.equal((await get(app, "/embed", "POST")).status, 405);
  assert.equal((await get(app, "/connect/google/window", "PUT")).status, 405);
  assert.equal((await get(app, "/passkey", "POST")).status, 405);
});

onPglite("embed.js can be loaded from any origin, and is cached for five minutes", async (database) => {
  await using app = await startApp({ database });
  const response = await get(app, "/embed.js");
  assert.match(await response.text(), /sallyport:signed-in/);
  const { headers } = response;
  assert.equal(headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(headers.get("cache-control"), "public, max-age=300");
  assert.ok(headers.get("etag"));
});

inWindow("a page of an unlisted origin gets no dialog and no messages", async ({ page, url, problems }) => {
  await using _site = otherSite(HOSTILE, url, {
    body: `<iframe src="${url}/embed?origin=${SITE}"></iframe>`,
  });
  await page.goto(HOSTILE);
  await dispatch(page, "sallyport:open");
  await eventually("both frames are refused", () => {
    const frames = page.frames().slice(1);
    return frames.length === 2 && frames.every((frame) => frame.url().startsWith("chrome-error:"));
  });
  assert.deepEqual(await page.evaluate(() => messages), []);
  assert.ok(problems.some((problem) => problem.includes("frame-ancestors")), problems.join("\n"));
  // Stops the page's script, which would cause more refused requests.
  await page.goto("about:blank");
  problems.length = 0;
}, LISTED);

inWindow("a listed page cannot show the dialog in a frame of another page, or in a sandbox", async (web) => {
  const { page, url, problems } = web;
  const inSandbox = `<iframe src='${url}/embed?origin=${SITE}'></iframe>`;
  await using _site = otherSite(SITE, url, {
    body: `<iframe sandbox="allow-scripts" srcdoc="${inSandbox}"></iframe>`,
  });
  await using _hostile = otherSite(HOSTILE, url, { body: `<iframe src="${SITE}"></iframe>`, script: null });
  const refused = (site: string, count: number) =>
    eventually(`refused in ${site}`, () => {
      const [, ...frames] = page.frames();
      return frames.filter((frame) => frame.url().startsWith("chrome-error:")).length === count &&
        !frames.some((frame) => frame.url().startsWith(url));
    });
  await page.goto(SITE);
  await refused(SITE, 1);
  await page.goto(HOSTILE);
  const listed = await eventually(
    "the listed page",
    () => page.frames().find((each) => each.url() === `${SITE}/`),
  );
  await listed.evaluate(() => void document.dispatchEvent(new Event("sallyport:open")));
  await refused(HOSTILE, 2);
  assert.deepEqual(await listed.evaluate(() => messages), []);
  problems.length = 0;
}, LISTED);

/** Sends every type of our messages to every window in reach, repeatedly. */
const ATTACK = `
<script nonce="log">
const tokens = { accessToken: "e30.e30.e30", refreshToken: "spr_hostile", renewAt: 1e15 };
setInterval(() => {
  const frames = Array.from({ length: parent.length }, (_, index) => parent[index]);
  for (const window of [parent, ...frames]) {
    for (const type of ["ready", "open", "tokens", "renew", "renewed", "closed"]) {
      window.postMessage({ sallyport: { type, tokens } }, "*");
    }
  }
}, 20);
</script>`;

inWindow(
  "messages of a hostile frame in the same page are ignored, and it receives none",
  async ({ app, page, url }) => {
    await using _hostile = otherSite(HOSTILE, url, { body: ATTACK, script: null });
    await using _site = otherSite(SITE, url, { body: `<iframe src="${HOSTILE}/"></iframe>` });
    const { username } = await newPerson(app);
    await page.goto(SITE);
    await dispatch(page, "sallyport:open");
    const frame = await frameIn(page, url);
    await frame.getByRole("button", { name: "Use a password" }).click();
    await frame.getByRole("textbox", { name: "Username" }).fill(username);
    await frame.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    assert.equal(await page.evaluate(() => (globalThis as { client?: unknown }).client), undefined);
    await frame.getByRole("button", { name: "Sign in", exact: true }).click();
    assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
    await eventually("the dialog is gone", () => framesIn(page) === 1);
    assert.equal((await page.evaluate(() => client.authState())).user?.username, username);
    const hostile = page.frames().find((each) => each.url().startsWith(HOSTILE));
    const others = await hostile?.evaluate(() => messages.filter(({ origin }) => origin !== location.origin));
    assert.deepEqual(others, []);
    const attacks = await page.evaluate(() =>
      messages.filter(({ data }) => "sallyport" in Object(data)).length
    );
    assert.ok(attacks > 10, "the hostile frame has sent messages");
  },
  LISTED,
);

inWindow("a hostile page that opens our windows gains nothing", async ({ page, url, problems }) => {
  await using _hostile = otherSite(HOSTILE, url, { script: null });
  await page.goto(HOSTILE);
  for (
    const [path, text] of [
      [`/embed?origin=${SITE}`, "inside another page"],
      ["/connect/google/window", "One moment"],
      ["/passkey", "One moment"],
    ]
  ) {
    const [opened] = await Promise.all([
      page.waitForEvent("popup"),
      page.evaluate((url) => void (globalThis.popup = open(url)), `${url}${path}`),
    ]);
    await opened.getByText(text ?? "").waitFor();
    await page.evaluate(() => {
      for (const type of ["open", "tokens"]) popup?.postMessage({ sallyport: { type, tokens: null } }, "*");
      popup?.postMessage({ accessToken: "e30.e30.e30" }, "*");
      popup?.postMessage({ action: "get", options: { challenge: "AAAA" } }, "*");
    });
    await opened.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    assert.equal(new URL(opened.url()).origin, url);
    await opened.getByText(text ?? "").waitFor();
    assert.equal(await opened.locator("dialog").count(), 0);
  }
  assert.deepEqual(await page.evaluate(() => messages), []);
  problems.length = 0;
}, LISTED);

declare global {
  var popup: Window | null;
}
