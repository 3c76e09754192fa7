import assert from "node:assert/strict";
import type { Frame, Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import {
  accountThere,
  dispatch,
  frameIn,
  framesIn,
  hasCookies,
  heardBy,
  openSite,
  otherSite,
  signInThere,
} from "../support/other_site.ts";
import { newPerson } from "../support/people.ts";
import { accessible, answerGoogle, inEachWindow, inWindow, press, registerIn } from "../support/web.ts";

/** Another site than the server's, not only another port: by another name of this machine. */
const SITE = openSite("localhost");

const LISTED = { env: { ALLOWED_ORIGINS: SITE } };

inEachWindow(
  "a page of another site opens the dialog, and is told who signed in, without a cookie",
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
    assert.deepEqual(await heardBy(page, 2), [username, "VISITOR AUTH"]);
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

inWindow("whoever is signed in sees their account there, and signs out for the page too", async (web) => {
  const { app, page, url } = web;
  await using _site = otherSite(SITE, url);
  const { username } = await newPerson(app);
  await page.goto(SITE);
  const frame = await accountThere(web, username);
  await frame.getByRole("button", { name: "Go to VISITOR" }).click();
  assert.deepEqual((await heardBy(page, 3)).slice(2), ["AUTH VISITOR"]);
  await page.evaluate(() => client.transitionState("AUTH").catch(() => {}));
  await frame.getByRole("button", { name: "Sign out" }).click();
  await page.waitForFunction(() => !client.signedIn);
}, LISTED);

inWindow("an element that needs somebody opens it after half a second, once; Esc closes it", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url, { body: '<main data-sallyport="required">Vote</main>' });
  await page.goto(SITE);
  const frame = await frameIn(page, url);
  await frame.getByRole("dialog").waitFor();
  await dispatch(page, "sallyport:open");
  await dispatch(page, "sallyport:open");
  assert.equal(framesIn(page), 1);
  await page.keyboard.press("Escape");
  await eventually("it is closed", () => framesIn(page) === 0);
  await page.evaluate(() => {
    const another = document.createElement("p");
    another.dataset["sallyport"] = "required";
    document.body.append(another);
  });
  await frameIn(page, url);
  await dispatch(page, "sallyport:close");
  await eventually("it is closed by the page", () => framesIn(page) === 0);
}, LISTED);

inWindow("a page that drops all that stands in it can open the dialog again", async ({ page, url }) => {
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await dispatch(page, "sallyport:open");
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  await page.evaluate(() => document.body.replaceChildren());
  await eventually("it is gone", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  await dispatch(page, "sallyport:close");
  await eventually("it is closed", () => framesIn(page) === 0);
}, LISTED);

/** Connects Google from the account in the dialog; gives the window, which says so. */
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

/** Signs in by Google's window from the dialog, which is gone then. */
async function signInByGoogle(page: Page, url: string): Promise<void> {
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  const [signIn] = await Promise.all([
    page.waitForEvent("popup"),
    frame.getByRole("button", { name: /Google/ }).click(),
  ]);
  await answerGoogle(signIn, "ada@gmail.com");
  await heardBy(page, 2);
  await eventually("the dialog is gone", () => framesIn(page) === 0);
}

inWindow("Google, by a window of its own: signing in, and connecting an account", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await signInByGoogle(page, url);
  assert.equal(await hasCookies(page.context()), false);

  await dispatch(page, "sallyport:open");
  const account = await frameIn(page, url);
  await connectGoogle(page, account);
  await account.getByText("HEALTHY").waitFor();
}, LISTED);

inWindow(
  "Google is connected to who is signed in there, whoever is at the server's own page",
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

/** On this server's own site: a browser that has a cookie of ours would send it from the frame. */
const SAME_SITE = openSite("127.0.0.1");

inWindow(
  "the session that a browser has with the server's own page is not the session of a page that embeds it",
  async (web) => {
    const { app, page, url } = web;
    await using _site = otherSite(SAME_SITE, url);
    await registerIn(web, "grace");
    const { username } = await newPerson(app);
    await page.goto(SAME_SITE);
    await signInThere(web, username);
    assert.deepEqual(await heardBy(page, 2), [username, "VISITOR AUTH"]);
    await eventually("the dialog is gone", () => framesIn(page) === 0);
    await dispatch(page, "sallyport:open");
    const frame = await frameIn(page, url);
    await frame.getByText(username).waitFor();
    await frame.getByRole("button", { name: "Where you are signed in" }).click();
    await frame.getByText("Here", { exact: true }).waitFor();
  },
  { env: { ALLOWED_ORIGINS: SAME_SITE } },
);

inWindow("connecting Google waits for a token that is being renewed", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await signInByGoogle(page, url);
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

inWindow("until the frame is there, the page shows that it is loading, and Esc gives it up", async (web) => {
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
  await eventually("it is given up", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  await page.getByText("Loading…").waitFor();
  held.resolve();
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  await page.getByText("Loading…").waitFor({ state: "hidden" });
}, LISTED);

inWindow("the server gone: the page says so, tries again, and closes", async (web) => {
  const { page, url, problems, hangUp, pickUp } = web;
  await using _site = otherSite(SITE, url);
  await page.goto(SITE);
  await hangUp();
  await dispatch(page, "sallyport:open");
  await page.getByText("The sign-in page cannot be reached.").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await eventually("it is closed", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  await page.getByText("The sign-in page cannot be reached.").waitFor();
  pickUp();
  await page.getByRole("button", { name: "Try again" }).click();
  await (await frameIn(page, url)).getByRole("dialog").waitFor();
  problems.length = 0;
}, LISTED);
