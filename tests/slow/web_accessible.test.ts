import assert from "node:assert/strict";
import type { Locator, Page, Route } from "playwright-core";
import { expireFlows } from "../../src/flows/expire_flows.ts";
import { eventually } from "../support/eventually.ts";
import { signedIn } from "../support/people.ts";
import { answerGoogle, inWindow, press, registerIn, view, type Web } from "../support/web.ts";

/** The focused element: a button's label, otherwise the tag name. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { ariaLabel, tagName, textContent } = document.activeElement ?? document.body;
    return tagName === "BUTTON" ? ariaLabel ?? textContent ?? "" : tagName;
  });
}

inWindow(
  "after ending a session with the keyboard, the focus is not on another session's button",
  async (web) => {
    const { app, page, dialog } = web;
    await registerIn(web, "ada");
    await signedIn(app, "ada");
    await signedIn(app, "ada");
    await press(web, "Where you are signed in");
    const rows = dialog.getByRole("listitem");
    await rows.nth(2).waitFor();
    await rows.filter({ hasNotText: "Here" }).first().getByRole("button").press("Enter");
    await rows.nth(2).waitFor({ state: "detached" });
    assert.equal(await focused(page), "UL");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assert.match(await focused(page), /^End /);
    assert.equal(await rows.count(), 2);
  },
);

inWindow("when a code expires, the focus moves to the button for another one", async (web) => {
  const { app, page, dialog, url } = web;
  await page.clock.install();
  await page.goto(url);
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill("ada@example.test");
  await press(web, "Mail me a code");
  const entry = dialog.getByLabel("Six digits");
  await entry.fill("123");
  assert.equal(await focused(page), "INPUT");
  app.clock.advance(11 * 60);
  await page.clock.fastForward("01:01");
  await expireFlows(app.services);
  await dialog.getByText("This code is no longer valid").waitFor();
  assert.equal(await focused(page), "Send another code");
});

inWindow("a form has its view's title as its name, and a repeated message is removed first", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Use a password");
  await dialog.getByRole("form", { name: "Sign in with a password" }).waitFor();
  await press(web, "I forgot my password");
  await dialog.getByLabel("E-mail address").fill("ada@example.test");
  await press(web, "Mail me a link");
  const message = dialog.getByRole("status").filter({ hasText: /\w/ });
  await message.waitFor();
  const asked = Promise.withResolvers<Route>();
  await page.route("**/graphql", (route) => asked.resolve(route));
  await press(web, "Mail me a link");
  const route = await asked.promise;
  assert.equal(await message.count(), 0);
  await route.continue();
  await message.waitFor();
});

inWindow("each step of a Modal flow is added once", async (web) => {
  const { page, dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await press(web, "Connect Modal");
  const steps = dialog.getByRole("listitem");
  await steps.first().evaluate((step) => step.id = "first");
  const opened = page.waitForEvent("popup");
  await dialog.getByRole("link", { name: "Open Modal's page" }).click();
  await (await opened).getByRole("button", { name: "Deny" }).click();
  await steps.nth(1).waitFor();
  assert.equal(await dialog.locator("#first").count(), 1);
});

inWindow("when the limit refuses a Modal flow, the user can try again", async (web) => {
  const { dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await press(web, "Connect Modal");
  await press(web, "Back");
  await press(web, "Connect Modal");
  await dialog.getByRole("alert").filter({ hasText: "Try again in" }).waitFor();
  await dialog.getByRole("button", { name: "Start again" }).waitFor();
}, { env: { LIMIT_MODAL_FLOWS_PER_USER_HOUR: "1" } });

inWindow(
  "a right-to-left name keeps its direction in a left-to-right line",
  async (web) => {
    const { app, page, dialog, url } = web;
    app.google.account({ email: "ada@gmail.com", name: "שלום!", givenName: "שלום" });
    await page.goto(url);
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
    await view(web, "Your account");
    /** Whether the exclamation mark at the name's end is left of its first letter. */
    const endsLeft = (line: Locator) =>
      line.evaluate((line) => {
        const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        while (!texts.nextNode()?.textContent?.includes("!"));
        const { currentNode: text } = texts;
        const leftOf = (character: string) => {
          const range = document.createRange();
          const at = text.textContent?.indexOf(character) ?? 0;
          range.setStart(text, at);
          range.setEnd(text, at + 1);
          return range.getBoundingClientRect().left;
        };
        return leftOf("!") < leftOf("ש");
      });
    assert.equal(await endsLeft(dialog.getByText("שלום!", { exact: true })), true);
    await page.keyboard.press("Escape");
    assert.equal(await endsLeft(page.getByText("You are signed in as")), true);
  },
);

const LONG = "Adalberta-Friederike-von-Hohenstaufen-zu-Schwarzenberg".repeat(2);

inWindow("a phone with doubled zoom shows everything, also with a very long name", async (web: Web) => {
  const { app, page, dialog, url } = web;
  app.google.account({ email: "ada@gmail.com", name: LONG, givenName: "Ada" });
  await page.setViewportSize({ width: 180, height: 320 });
  const fits = async (name: string) => {
    await view(web, name);
    const { scrollWidth, clientWidth } = await dialog.evaluate(({ scrollWidth, clientWidth }) => ({
      scrollWidth,
      clientWidth,
    }));
    assert.ok(scrollWidth <= clientWidth, `${name}: ${scrollWidth} in ${clientWidth}`);
    const title = await dialog.getByRole("heading", { name, exact: true }).boundingBox();
    assert.ok((title?.width ?? 0) > 120, `${name}: the title has ${title?.width}`);
  };
  await page.goto(url);
  await fits("Sign in");
  await press(web, "Continue with an e-mail code");
  await fits("Sign in with an e-mail code");
  await press(web, "Back");
  await press(web, "Create an account");
  await fits("Create an account");
  await press(web, "Back");
  const opened = page.waitForEvent("popup");
  await press(web, "Continue with Google");
  await answerGoogle(await opened, "ada@gmail.com");
  await fits("Your account");
  await press(web, "Where you are signed in");
  await dialog.getByRole("listitem").first().waitFor();
  await fits("Where you are signed in");
  await press(web, "Back");
  await press(web, "Connected accounts");
  await dialog.getByText("Nothing is connected yet").waitFor();
  await fits("Connected accounts");
  await eventually(
    "nothing is wider than the window",
    () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
  );
}, { window: "phone" });
