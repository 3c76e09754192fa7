import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import { frameIn, framesIn, openSite, otherSite, pageEvents, signInThere } from "../support/other_site.ts";
import { newPerson, signedIn } from "../support/people.ts";
import { transitionUser } from "../support/states.ts";
import { inWindow, turn } from "../support/web.ts";

const SITE = openSite("localhost");
const LISTED = { env: { ALLOWED_ORIGINS: SITE } };

inWindow("an embedding page in the background holds no connection, and catches up", async (web) => {
  const { app, page, url } = web;
  await using _site = otherSite(SITE, url);
  const listeners = () => app.services.eventLog.listeners;
  const before = listeners();
  const { username } = await newPerson(app);
  await page.goto(SITE);
  await signInThere(web, username);
  await pageEvents(page, 2);
  await eventually(
    "the dialog is gone, and the page is subscribed",
    () => framesIn(page) === 0 && listeners() > before,
  );
  await turn(page, true);
  await eventually("the subscription is closed", () => listeners() === before);
  const { id } = await signedIn(app, username);
  await transitionUser(app, await app.operatorToken("OPERATE"), id, "VISITOR");
  await turn(page, false);
  assert.deepEqual((await pageEvents(page, 3)).slice(2), ["AUTH VISITOR"]);
}, LISTED);

inWindow(
  "the dialog opens half a second after an element requires a user, if it is still there",
  async (web) => {
    const { page, url } = web;
    await using _site = otherSite(SITE, url);
    await page.clock.install({ time: 0 });
    await page.goto(SITE);
    await page.clock.pauseAt(60_000);
    await requireUser(page);
    await page.clock.runFor(400);
    await page.evaluate(() => document.querySelector("main")?.remove());
    await page.clock.runFor(1_000);
    assert.equal(framesIn(page), 0, "the dialog opened for an element that was removed");
    await requireUser(page);
    await page.clock.runFor(499);
    assert.equal(framesIn(page), 0);
    await page.clock.runFor(1);
    await frameIn(page, url);
  },
  LISTED,
);

/** Adds an element that requires a user, and waits until the script has noticed it. */
function requireUser(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const element = document.createElement("main");
    element.dataset["sallyport"] = "required";
    document.body.append(element);
    await Promise.resolve();
  });
}
