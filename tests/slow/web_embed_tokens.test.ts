import assert from "node:assert/strict";
import type { Frame, Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import {
  accountThere,
  dispatch,
  frameIn,
  framesIn,
  openSite,
  otherSite,
  pageEvents,
  signInThere,
} from "../support/other_site.ts";
import { newPerson } from "../support/people.ts";
import { inWindow } from "../support/web.ts";

const SITE = openSite("localhost");

const LISTED = { env: { ALLOWED_ORIGINS: SITE } };

inWindow("a session in localStorage continues after a reload, without the dialog", async (web) => {
  const { app, page, url } = web;
  await using _site = otherSite(SITE, url, {
    body: '<main data-sallyport="required">Vote</main>',
    script: 'data-storage="local"',
  });
  const { username } = await newPerson(app);
  await page.goto(SITE);
  await signInThere(web, username);
  await pageEvents(page, 2);
  await page.reload();
  assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
  assert.equal(framesIn(page), 0);
}, LISTED);

inWindow(
  "when the browser blocks localStorage, the session is in memory, with one console warning",
  async (web) => {
    const { app, page, url } = web;
    await using _site = otherSite(SITE, url, { script: 'data-storage="local"' });
    const { username } = await newPerson(app);
    const warnings: string[] = [];
    page.on("console", (message) => void (message.type() === "warning" && warnings.push(message.text())));
    await page.addInitScript(() =>
      Object.defineProperty(globalThis, "localStorage", {
        get: () => {
          throw new DOMException("Access is denied for this document", "SecurityError");
        },
      })
    );
    await page.goto(SITE);
    await signInThere(web, username);
    assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
    assert.deepEqual(warnings, ["Sallyport: localStorage is not available, so a reload signs out"]);
  },
  LISTED,
);

/** Moves the browser's clock forward by half an hour, in these frames and in new ones. */
async function halfAnHourLater(page: Page, frames: (Page | Frame)[]): Promise<void> {
  const later = "{ const now = Date.now; Date.now = () => now() + 30 * 60_000; }";
  await page.addInitScript(later);
  for (const frame of frames) await frame.evaluate(later);
}

/** Lets the server renew tokens, but holds its answers back until `letGo`. */
async function holdRenewals(page: Page) {
  const renewed = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("refreshSession")) return await route.continue();
    const response = await route.fetch();
    renewed.resolve();
    await held.promise;
    await route.fulfill({ response }).catch(() => {});
  });
  return { renewed: renewed.promise, letGo: held.resolve };
}

for (
  const [how, close] of [
    ["closing the dialog", (page: Page) => dispatch(page, "sallyport:close")],
    ["removing the page's content", (page: Page) => page.evaluate(() => document.body.replaceChildren())],
  ] as const
) {
  for (const when of ["as it opens", "while it is open"]) {
    inWindow(`${how} during a refresh, ${when}, does not sign out`, async (web) => {
      const { app, page, url } = web;
      await using _site = otherSite(SITE, url);
      const { username } = await newPerson(app);
      await page.goto(SITE);
      await signInThere(web, username);
      await pageEvents(page, 2);
      await eventually("the dialog is gone", () => framesIn(page) === 0);
      const { renewed, letGo } = await holdRenewals(page);
      if (when === "as it opens") {
        await halfAnHourLater(page, [page]);
        await dispatch(page, "sallyport:open");
      } else {
        await dispatch(page, "sallyport:open");
        const frame = await frameIn(page, url);
        await frame.getByText("You are in the state").waitFor();
        await halfAnHourLater(page, [page, frame]);
        await frame.getByRole("button", { name: "Where you are signed in" }).click();
      }
      await renewed;
      await close(page);
      await eventually("the dialog is gone", () => framesIn(page) === 0);
      letGo();
      // From now on, reuse of the old refresh token would end the session.
      app.clock.advance(11);
      assert.equal((await page.evaluate(() => client.authState())).user?.username, username);
    }, LISTED);
  }
}

inWindow("the dialog uses a token that another tab has renewed", async (web) => {
  const { app, page, url } = web;
  await using _site = otherSite(SITE, url, { script: 'data-storage="local"' });
  const { username } = await newPerson(app);
  await page.goto(SITE);
  const frame = await accountThere(web, username);
  const other = await page.context().newPage();
  await other.goto(SITE);
  await pageEvents(other, 2);
  await other.evaluate(async () => void await client.accessToken(await client.accessToken()));
  app.clock.advance(11);
  await halfAnHourLater(page, [page, frame]);
  await frame.getByRole("button", { name: "Where you are signed in" }).click();
  await frame.getByText("This browser", { exact: true }).waitFor();
  for (const tab of [page, other]) {
    assert.equal((await tab.evaluate(() => client.authState())).user?.username, username);
  }
}, LISTED);

inWindow("a sign-in in another tab closes the dialog in this one", async (web) => {
  const { app, page, url } = web;
  await using _site = otherSite(SITE, url, { script: 'data-storage="local"' });
  const { username } = await newPerson(app);
  await page.goto(SITE);
  await dispatch(page, "sallyport:open");
  await (await frameIn(page, url)).getByRole("heading", { name: "Sign in" }).waitFor();
  const other = await page.context().newPage();
  await other.goto(SITE);
  await signInThere({ page: other, url }, username);
  assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
  await eventually("the dialog is gone", () => framesIn(page) === 0);
}, LISTED);
