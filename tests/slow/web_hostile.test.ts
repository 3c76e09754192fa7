import assert from "node:assert/strict";
import { expireFlows } from "../../src/flows/expire_flows.ts";
import { mailedCode } from "../support/codes.ts";
import { answerGoogle, inEachWindow, press, registerIn, view } from "../support/web.ts";

const SCRIPT = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

inEachWindow("names, addresses and metadata are shown as text, never as HTML", async (web) => {
  const { app, page, dialog, url } = web;
  // The name comes from Google and is not checked.
  app.google.account({ email: "ada@gmail.com", name: SCRIPT, givenName: SCRIPT });
  await page.goto(url);
  const opened = page.waitForEvent("popup");
  await press(web, "Continue with Google");
  await answerGoogle(await opened, "ada@gmail.com");
  await view(web, "Your account");
  await dialog.getByText(SCRIPT, { exact: true }).waitFor();
  await dialog.getByText("Stored data about you").click();
  assert.ok((await dialog.locator("pre").innerText()).includes("onerror="));
  await page.keyboard.press("Escape");
  assert.equal(await page.getByText("You are signed in as").innerText(), `You are signed in as ${SCRIPT}.`);
  assert.equal(await page.title(), "Sallyport");
  assert.equal(await page.locator("img, script:not([src])").count(), 0);

  await page.goto(`${url}/connect/google`);
  assert.match(await page.locator("main").innerText(), /You are signed in as/);
  assert.equal(await page.locator("img, script").count(), 0);
});

inEachWindow("an address with script in it is shown as typed", async (web) => {
  const { page, dialog, url } = web;
  const address = `"<b onclick=alert(1)>"@example.test`;
  await page.goto(url);
  await press(web, "Continue with an e-mail code");
  const entry = dialog.getByLabel("E-mail address");
  await entry.evaluate((input) => (input as unknown as { type: string }).type = "text");
  await entry.fill(address);
  await press(web, "Mail me a code");
  await dialog.getByRole("alert").filter({ hasText: /\w/ }).or(dialog.getByText(address)).first().waitFor();
  assert.equal(await dialog.locator("b[onclick]").count(), 0);
});

inEachWindow("the browser's Back button after a sign-out does not show the account", async (web) => {
  const { page, dialog, url } = web;
  await registerIn(web, "ada-lovelace");
  await page.goto(`${url}/healthz`);
  await page.evaluate(async () => {
    await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "mutation { signOut { __typename } }" }),
    });
  });
  await page.goBack();
  await view(web, "Sign in");
  assert.equal((await page.locator("body").innerText()).includes("ada-lovelace"), false);
  assert.equal(await dialog.count(), 1);
});

inEachWindow("a page in the browser's back/forward cache contains no private data", async (web) => {
  const { page } = web;
  await registerIn(web, "ada-lovelace");
  const left = await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    return document.body.innerText;
  });
  assert.equal(left.includes("ada-lovelace"), false);
  await Promise.all([
    page.waitForEvent("load"),
    page.evaluate(() => void dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))),
  ]);
  await view(web, "Your account");
});

inEachWindow(
  "when the server is down, an error is shown and the input is kept; later it works again",
  async (web) => {
    const { app, page, dialog, url, problems } = web;
    await page.goto(url);
    await press(web, "Continue with an e-mail code");
    await dialog.getByLabel("E-mail address").fill("ada@example.test");
    await press(web, "Mail me a code");
    const code = await mailedCode(app, "ada@example.test");
    await dialog.getByLabel("Six digits").fill(code);
    await web.hangUp();
    await press(web, "Sign in");
    await dialog.getByRole("alert").filter({ hasText: "The server cannot be reached" }).waitFor();
    assert.equal(await dialog.getByLabel("Six digits").inputValue(), code);
    web.pickUp();
    await press(web, "Sign in");
    await view(web, "Your account");

    // The subscription to the state continues after the outage.
    await web.hangUp();
    web.pickUp();
    await press(web, "Go to VISITOR");
    await dialog.getByText("You are in the state VISITOR").waitFor();
    problems.splice(0, problems.length, ...problems.filter((text) => !/net::ERR_|Failed to load/.test(text)));
  },
);

inEachWindow("an open tab shows that its code has expired", async (web) => {
  const { app, page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill("ada@example.test");
  await press(web, "Mail me a code");
  const code = await mailedCode(app, "ada@example.test");
  await dialog.getByLabel("Six digits").fill(code);
  const button = await dialog.getByRole("button", { name: "Sign in", exact: true }).elementHandle();
  // At once, because the server expires flows every ten seconds, which hides the button.
  app.clock.advance(11 * 60);
  await button?.click();
  await dialog.getByRole("alert").filter({ hasText: "is wrong, used or expired" }).waitFor();
  assert.equal(await dialog.getByLabel("Six digits").inputValue(), code);
  // The server does this every ten seconds.
  await expireFlows(app.services);
  await dialog.getByText("This code is no longer valid. Ask for another one.").waitFor();
  assert.equal(await dialog.getByLabel("Six digits").isVisible(), false);
  await press(web, "Back");
  assert.equal(await dialog.getByLabel("E-mail address").inputValue(), "ada@example.test");
});

inEachWindow(
  "a sign-in in another tab replaces the code form with the account",
  async (web) => {
    const { app, page, dialog, url } = web;
    await page.goto(url);
    await press(web, "Continue with an e-mail code");
    await dialog.getByLabel("E-mail address").fill("ada@example.test");
    await press(web, "Mail me a code");
    await view(web, "Check your e-mail");
    const other = await page.context().newPage();
    await other.goto(url);
    await other.getByRole("button", { name: "Continue as a guest" }).click();
    await other.getByRole("heading", { name: "Your account" }).waitFor();
    await view(web, "Your account");
    await mailedCode(app, "ada@example.test");
  },
);

inEachWindow(
  "when the server refuses the state, an error is shown, and the user can try again",
  async (web) => {
    const { page, dialog, url } = web;
    const extensions = { code: "FORBIDDEN", requestId: "req_0123456789ab" };
    const errors = [{ message: "This request is refused", extensions }];
    await page.route("**/graphql", (route) => route.fulfill({ json: { errors } }));
    await page.goto(url);
    await view(web, "Something is wrong");
    await dialog.getByText("This request is refused.").waitFor();
    await dialog.getByText("Request req_0123456789ab").waitFor();
    await page.unrouteAll();
    await press(web, "Try again");
    await view(web, "Sign in");
  },
);

inEachWindow(
  "when Google's script does not load, the other methods work, and the user can load it again",
  async (web) => {
    const { page, url, problems } = web;
    await page.route("**/gsi/client", (route) => route.abort());
    await page.goto(url);
    await view(web, "Sign in");
    const retry = page.getByRole("button", { name: "Load Google's button again" });
    await retry.waitFor();
    await page.unrouteAll();
    await retry.click();
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
    await view(web, "Your account");
    assert.deepEqual(problems.splice(0).filter((text) => !text.includes("net::ERR_FAILED")), []);
  },
);
