import assert from "node:assert/strict";
import type { Locator, Page, Route } from "playwright-core";
import { expireFlows } from "../../src/flows/expire_flows.ts";
import { eventually } from "../support/eventually.ts";
import { signedIn } from "../support/people.ts";
import { answerGoogle, inWindow, press, registerIn, view, type Web } from "../support/web.ts";

/** What the keyboard is on: its name, and what kind of element it is. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { ariaLabel, tagName, textContent } = document.activeElement ?? document.body;
    return tagName === "BUTTON" ? ariaLabel ?? textContent ?? "" : tagName;
  });
}

inWindow("who ends a session by the keyboard is not put on another one's button", async (web) => {
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
});

inWindow("a code that is over leaves the keyboard where another one is asked for", async (web) => {
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
  await dialog.getByText("This code is over").waitFor();
  assert.equal(await focused(page), "Send another code");
});

inWindow("a form is called what its view is, and what is said again is new", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Use a password");
  await dialog.getByRole("form", { name: "Sign in with a password" }).waitFor();
  await press(web, "I forgot my password");
  await dialog.getByLabel("E-mail address").fill("ada@example.test");
  await press(web, "Mail me a link");
  const said = dialog.getByRole("status").filter({ hasText: /\w/ });
  await said.waitFor();
  const asked = Promise.withResolvers<Route>();
  await page.route("**/graphql", (route) => asked.resolve(route));
  await press(web, "Mail me a link");
  const route = await asked.promise;
  assert.equal(await said.count(), 0);
  await route.continue();
  await said.waitFor();
});

inWindow("of a Modal flow each step is told once", async (web) => {
  const { page, dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await press(web, "Connect Modal");
  const steps = dialog.getByRole("listitem");
  await steps.first().evaluate((step) => step.id = "told");
  const opened = page.waitForEvent("popup");
  await dialog.getByRole("link", { name: "Open Modal's page" }).click();
  await (await opened).getByRole("button", { name: "Deny" }).click();
  await steps.nth(1).waitFor();
  assert.equal(await dialog.locator("#told").count(), 1);
});

inWindow("who may not connect Modal now is told so, and can try again", async (web) => {
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
  "a name that runs from right to left is written so, in lines that run the other way",
  async (web) => {
    const { app, page, dialog, url } = web;
    app.google.account({ email: "ada@gmail.com", name: "שלום!", givenName: "שלום" });
    await page.goto(url);
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
    await view(web, "Your account");
    /** Whether the name's last character, which has no direction of its own, stands left of its first. */
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

inWindow("a phone at twice the size shows all of it, whatever somebody is called", async (web: Web) => {
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
