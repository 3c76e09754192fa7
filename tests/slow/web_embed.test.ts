import assert from "node:assert/strict";
import type { Frame, Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import {
  accountThere,
  dispatch,
  frameIn,
  framesIn,
  hasCookies,
  openSite,
  otherSite,
  pageEvents,
  signInThere,
} from "../support/other_site.ts";
import { newPerson } from "../support/people.ts";
import { accessible, answerGoogle, inEachWindow, inWindow, press, registerIn } from "../support/web.ts";

/** Another site than the server's, not only another port, because the host name differs. */
const SITE = openSite("localhost");

const LISTED = { env: { ALLOWED_ORIGINS: SITE } };

inEachWindow(
  "a page of another site opens the dialog and receives the sign-in events, without a cookie",
  async (web) => {
    const { app, page, url } = web;
    await using _site = otherSite(SITE, url);
    const { id, username } = await newPerson(app);
    await page.goto(SITE);
    await page.getByRole("button", { name: "Something" }).focus();
    await dispatch(page, "sallyport:open");
    const frame = await frameIn(page, url);
    await frame.getByRole("dialog").waitFor();
    await accessible(page);
    await accessible(frame);
    await signInThere(web, username);
    assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
    await eventually("the dialog is gone", () => framesIn(page) === 0);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Something");
    const answer = await page.evaluate(async (url) => {
      const response = await client.fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ viewer { id } }" }),
      });
      return await response.json();
    }, url);
    assert.deepEqual(answer, { data: { viewer: { id } } });
    assert.equal(await hasCookies(page.context()), false);
  },
  LISTED,
);

inWindow(
  "a signed-in user sees their account in the dialog, and signs out of the page there",
  async (web) => {
    const { app, page, url } = web;
    await using _site = otherSite(SITE, url);
    const { username } = await newPerson(app);
    await page.goto(SITE);
    const frame = await accountThere(web, username);
    await frame.getByRole("button", { name: "Go to VISITOR" }).click();
    assert.deepEqual((await pageEvents(page, 3)).slice(2), ["AUTH VISITOR"]);
    await page.evaluate(() => client.transitionState("AUTH").catch(() => {}));
    await frame.getByRole("button", { name: "Sign out" }).click();
    await page.waitForFunction(() => !client.signedIn);
  },
  LISTED,
);

inWindow(
  "an element that requires a user opens the dialog after half a second, once; Esc closes it",
  async (web) => {
    const { page, url } = web;
    await using _site = otherSite(SITE, url, { body: '<main data-sallyport="required">Vote</main>' });
    await page.goto(SITE);
    const frame = await frameIn(page, url);
    await frame.getByRole("dialog").waitFor();
    await dispatch(page, "sallyport:open");
    await dispatch(page, "sallyport:open");
    assert.equal(framesIn(page), 1);
    await page.keyboard.press("Escape");
    await eventually("the dialog is closed", () => framesIn(page) === 0);
    await page.evaluate(() => {
      const another = document.createElement("p");
      another.dataset["sallyport"] = "required";
      document.body.append(another);
    });
    await frameIn(page, url);
    await dispatch(page, "sallyport:close");
    await eventually("the page has closed the dialog", () => framesIn(page) === 0);
  },
  LISTED,
);

inWindow("a page that removes all its content can open the dialog again", async ({ page, url }) => {
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await dispatch(page, "sallyport:open");
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  await page.evaluate(() => document.body.replaceChildren());
  await eventually("the frame is gone", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  await dispatch(page, "sallyport:close");
  await eventually("the dialog is closed", () => framesIn(page) === 0);
}, LISTED);

/** Connects Google from the dialog. Returns Google's window, which shows the result. */
async function connectGoogle(page: Page, account: Frame): Promise<Page> {
  await account.getByRole("button", { name: "Connected accounts" }).click();
  const [connect] = await Promise.all([
    page.waitForEvent("popup"),
    account.getByRole("button", { name: "Connect Google" }).click(),
  ]);
  await answerGoogle(connect, "ada@gmail.com");
  await connect.getByText("Google is connected").waitFor();
  return connect;
}

/** Signs in with Google's window from the dialog, and waits until the dialog is closed. */
async function signInWithGoogle(page: Page, url: string): Promise<void> {
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  const [signIn] = await Promise.all([
    page.waitForEvent("popup"),
    frame.getByRole("button", { name: /Google/ }).click(),
  ]);
  await answerGoogle(signIn, "ada@gmail.com");
  await pageEvents(page, 2);
  await eventually("the dialog is gone", () => framesIn(page) === 0);
}

inWindow("Google opens in a new window, for sign-in and for connecting an account", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await signInWithGoogle(page, url);
  assert.equal(await hasCookies(page.context()), false);

  await dispatch(page, "sallyport:open");
  const account = await frameIn(page, url);
  await connectGoogle(page, account);
  await account.getByText("HEALTHY").waitFor();
}, LISTED);

inWindow(
  "Google is connected to the user of the embedding page, not to the user of the server's own page",
  async (web) => {
    const { app, page, dialog, url } = web;
    await using _site = otherSite(SITE, url);
    await registerIn(web, "grace");
    const { username } = await newPerson(app);
    await page.goto(SITE);
    const account = await accountThere(web, username);
    const connect = await connectGoogle(page, account);
    assert.equal(await connect.getByRole("link", { name: "your account here" }).count(), 0);
    await account.getByText("HEALTHY").waitFor();
    await page.goto(url);
    await dialog.getByText("grace").waitFor();
    await press(web, "Connected accounts");
    await dialog.getByText("Nothing is connected yet").waitFor();
  },
  LISTED,
);

/** On the server's own site, the browser would send our cookie from the frame. */
const SAME_SITE = openSite("127.0.0.1");

inWindow(
  "an embedding page does not share the session of the server's own page",
  async (web) => {
    const { app, page, url } = web;
    await using _site = otherSite(SAME_SITE, url);
    await registerIn(web, "grace");
    const { username } = await newPerson(app);
    await page.goto(SAME_SITE);
    await signInThere(web, username);
    assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
    await eventually("the dialog is gone", () => framesIn(page) === 0);
    await dispatch(page, "sallyport:open");
    const frame = await frameIn(page, url);
    await frame.getByText(username).waitFor();
    await frame.getByRole("button", { name: "Where you are signed in" }).click();
    await frame.getByText("This browser", { exact: true }).waitFor();
  },
  { env: { ALLOWED_ORIGINS: SAME_SITE } },
);

inWindow("connecting Google waits for a refresh that is under way", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await signInWithGoogle(page, url);
  await dispatch(page, "sallyport:open");
  const account = await frameIn(page, url);
  await account.getByRole("button", { name: "Connected accounts" }).click();
  await account.getByText("Nothing is connected yet").waitFor();
  const held = Promise.withResolvers<void>();
  await page.route("**/graphql", async (route) => {
    if (route.request().postData()?.includes("refreshSession")) await held.promise;
    await route.continue();
  });
  // Half an hour later by the browser's clock.
  await account.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 30 * 60_000;
  });
  const [connect] = await Promise.all([
    page.waitForEvent("popup"),
    account.getByRole("button", { name: "Connect Google" }).click(),
  ]);
  await connect.getByText("One moment").waitFor();
  await connect.waitForLoadState("networkidle");
  held.resolve();
  await answerGoogle(connect, "ada@gmail.com");
  await connect.getByText("Google is connected").waitFor();
}, LISTED);

inWindow("a loading message is shown until the frame is ready, and Esc cancels it", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  await page.route(`${url}/embed?**`, async (route) => {
    asked.resolve();
    await held.promise;
    await route.continue().catch(() => {});
  });
  await dispatch(page, "sallyport:open");
  await asked.promise;
  await page.getByRole("dialog", { name: "Sign in" }).getByText("Loading…").waitFor();
  await page.keyboard.press("Escape");
  await eventually("loading is cancelled", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  await page.getByText("Loading…").waitFor();
  held.resolve();
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  await page.getByText("Loading…").waitFor({ state: "hidden" });
}, LISTED);

inWindow("when the server is down, the page shows it, and the user can retry or close", async (web) => {
  const { page, url, problems, hangUp, pickUp } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await hangUp();
  await dispatch(page, "sallyport:open");
  await page.getByText("The sign-in page cannot be reached.").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await eventually("the dialog is closed", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  await page.getByText("The sign-in page cannot be reached.").waitFor();
  pickUp();
  await page.getByRole("button", { name: "Try again" }).click();
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  problems.length = 0;
}, LISTED);

inWindow("Try again loads the dialog while the first attempt is still under way", async (web) => {
  const { page, url, problems } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  const first = Promise.withResolvers<void>();
  const attempts = { embed: 0, healthz: 0 };
  await page.route(`${url}/embed?**`, async (route) => {
    if (++attempts.embed > 1) return await route.continue();
    await first.promise;
    await route.abort().catch(() => {});
  });
  await page.route(`${url}/healthz`, (route) => ++attempts.healthz > 1 ? route.continue() : route.abort());
  await dispatch(page, "sallyport:open");
  await page.getByText("The sign-in page cannot be reached.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  first.resolve();
  problems.length = 0;
}, LISTED);
