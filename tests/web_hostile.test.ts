import assert from "node:assert/strict";
import { expireFlows } from "../src/flows/expire_flows.ts";
import { mailedCode } from "./support/codes.ts";
import { PASSWORD } from "./support/people.ts";
import { answerGoogle, inEachWindow, press, registerIn, view, type Web } from "./support/web.ts";

const SCRIPT = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

/** How many requests with this root field are sent from now on; each is held for a moment, so that another could be begun. */
async function countRequests({ page }: Web, field: string): Promise<() => number> {
  let count = 0;
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes(`result: ${field}`)) return await route.continue();
    count++;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await route.continue();
  });
  return () => count;
}

inEachWindow("names, addresses and what is known of somebody are text, whatever is in them", async (web) => {
  const { app, page, dialog, url } = web;
  // Google says what somebody is called; nobody here checks it.
  app.google.account({ email: "ada@gmail.com", name: SCRIPT, givenName: SCRIPT });
  await page.goto(url);
  const opened = page.waitForEvent("popup");
  await press(web, "Continue with Google");
  await answerGoogle(await opened, "ada@gmail.com");
  await view(web, "Your account");
  await dialog.getByText(SCRIPT, { exact: true }).waitFor();
  await dialog.getByText("What is known about you").click();
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

inEachWindow("a double click is one request, and presses nothing of what comes next", async (web) => {
  const { page, dialog, url } = web;
  const made = await countRequests(web, "signInAsGuest");
  await page.goto(url);
  await view(web, "Sign in");
  await dialog.getByRole("button", { name: "Continue as a guest" }).dblclick();
  await view(web, "Your account");
  assert.equal(made(), 1);

  // Without anything between the clicks, what comes next stands there by the second one.
  await page.unrouteAll();
  await dialog.getByRole("button", { name: "Keep this account" }).dblclick();
  await view(web, "Keep your account");
  await dialog.getByRole("button", { name: "Back" }).dblclick();
  await view(web, "Your account");
  const ended = await countRequests(web, "signOut");
  await dialog.getByRole("button", { name: "Sign out" }).dblclick();
  await view(web, "Sign in");
  assert.equal(ended(), 1);
});

for (
  const [field, submit, fill] of [
    ["register", "Create the account", async ({ dialog }: Web) => {
      await dialog.getByRole("button", { name: "Create an account" }).click();
      await dialog.getByLabel("Username").fill("ada");
      await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    }],
    ["requestEmailCode", "Mail me a code", async ({ dialog }: Web) => {
      await dialog.getByRole("button", { name: "Continue with an e-mail code" }).click();
      await dialog.getByLabel("E-mail address").fill("ada@example.test");
    }],
    ["requestPasswordReset", "Mail me a link", async ({ dialog }: Web) => {
      await dialog.getByRole("button", { name: "Use a password" }).click();
      await dialog.getByRole("button", { name: "I forgot my password" }).click();
      await dialog.getByLabel("E-mail address").fill("ada@example.test");
    }],
  ] as const
) {
  inEachWindow(`a form that is sent twice at once is sent once: ${field}`, async (web) => {
    const { page, dialog, url } = web;
    const sent = await countRequests(web, field);
    await page.goto(url);
    await fill(web);
    const answered = page.waitForResponse((response) =>
      response.request().postData()?.includes(`result: ${field}`) ?? false
    );
    await dialog.getByRole("button", { name: submit }).dblclick();
    // And a third time, by the keyboard.
    await page.evaluate(() => document.querySelector("form")?.requestSubmit());
    await answered;
    await dialog.getByRole("button", { name: submit }).and(page.locator("[aria-busy=true]")).waitFor({
      state: "detached",
    });
    assert.equal(sent(), 1);
  });
}

inEachWindow("going back after signing out shows nothing of the account", async (web) => {
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

inEachWindow("a page that is put aside keeps nothing private in it", async (web) => {
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
  "while the server is away that is said, nothing typed is lost, and it goes on afterwards",
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

    // The account goes on telling what happens, after the server was away.
    await web.hangUp();
    web.pickUp();
    await press(web, "Go to VISITOR");
    await dialog.getByText("You are in the state VISITOR").waitFor();
    problems.splice(0, problems.length, ...problems.filter((text) => !/net::ERR_|Failed to load/.test(text)));
  },
);

inEachWindow("a code that is over says so in the tab that was left open", async (web) => {
  const { app, page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill("ada@example.test");
  await press(web, "Mail me a code");
  const code = await mailedCode(app, "ada@example.test");
  app.clock.advance(11 * 60);
  await dialog.getByLabel("Six digits").fill(code);
  await press(web, "Sign in");
  await dialog.getByRole("alert").filter({ hasText: "it is wrong, used or expired" }).waitFor();
  assert.equal(await dialog.getByLabel("Six digits").inputValue(), code);
  // What the server does every ten seconds; the tab is told.
  await expireFlows(app.services, {});
  await dialog.getByText("This code is over. Ask for another one.").waitFor();
  assert.equal(await dialog.getByLabel("Six digits").isVisible(), false);
  await press(web, "Back");
  assert.equal(await dialog.getByLabel("E-mail address").inputValue(), "ada@example.test");
});

inEachWindow(
  "who signs in in another tab meanwhile is signed in here, and a code is asked for no longer",
  async (web) => {
    const { app, page, dialog, url } = web;
    await page.goto(url);
    await press(web, "Continue with an e-mail code");
    await dialog.getByLabel("E-mail address").fill("ada@example.test");
    await press(web, "Mail me a code");
    await view(web, "Read your mail");
    const other = await page.context().newPage();
    await other.goto(url);
    await other.getByRole("button", { name: "Continue as a guest" }).click();
    await other.getByRole("heading", { name: "Your account" }).waitFor();
    await view(web, "Your account");
    await mailedCode(app, "ada@example.test");
  },
);

inEachWindow(
  "when the server does not say who is signed in, that is said, and can be asked again",
  async (web) => {
    const { page, dialog, url } = web;
    const errors = [{ message: "This request is refused", extensions: { code: "FORBIDDEN" } }];
    await page.route("**/graphql", (route) => route.fulfill({ json: { errors } }));
    await page.goto(url);
    await view(web, "Something is wrong");
    await dialog.getByText("This request is refused.").waitFor();
    await page.unrouteAll();
    await press(web, "Try again");
    await view(web, "Sign in");
  },
);

inEachWindow(
  "Google's script that does not come leaves the other ways, and can be loaded again",
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
