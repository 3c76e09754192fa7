import assert from "node:assert/strict";
import { nextMail, requestReset } from "../support/callers.ts";
import { linksTo } from "../support/link_pages.ts";
import { PASSWORD, register, signIn } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";
import { accessible, inEachWindow, registerIn, type Web } from "../support/web.ts";

const ADDRESS = "ada@example.test";
const NEW = "another long password";

/** The link in the next mail. */
async function mailedLink({ app }: Web, address = ADDRESS): Promise<string> {
  const [link] = linksTo((await nextMail(app, address)).text);
  assert.ok(link);
  return link;
}

inEachWindow("R25: the button on a mailed link's page verifies the address once", async (web) => {
  const { app, page, url } = web;
  await register(app, { username: "ada", email: ADDRESS, password: PASSWORD });
  const link = await mailedLink(web);
  await page.goto(link);
  await accessible(page);
  assert.equal(page.url(), `${url}/verify-email`, "the token stayed in the address bar");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Your address is confirmed").waitFor();
  assert.equal(await page.getByRole("button").count(), 0);
  assert.equal((await signIn(app, ADDRESS)).__typename, "SignedIn");
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("is wrong, used or expired").waitFor();
});

inEachWindow("the user chooses a new password on the mailed link's page", async (web) => {
  const { app, page, url } = web;
  await newProvenPerson(app, ADDRESS);
  await requestReset(app, ADDRESS);
  await page.goto(await mailedLink(web));
  await accessible(page);
  const password = page.getByLabel("New password");
  await password.fill("short");
  await password.press("Enter");
  await page.getByText("at least 8 characters").waitFor();
  assert.equal(await password.inputValue(), "short");
  await password.fill(NEW);
  await password.press("Enter");
  await page.getByText("Your password is changed").waitFor();
  await accessible(page);
  assert.equal(page.url(), `${url}/reset-password`);
  assert.equal((await signIn(app, ADDRESS, NEW)).__typename, "SignedIn");
});

inEachWindow("a second link in the same tab replaces the first", async (web) => {
  const { app, page, url } = web;
  await newProvenPerson(app, ADDRESS);
  await page.goto(`${url}/reset-password#token=spw_of-another-mail`);
  await page.getByLabel("New password").waitFor();
  await requestReset(app, ADDRESS);
  // Only the fragment differs, so the browser does not load the page again by itself.
  await page.goto(await mailedLink(web));
  await page.waitForURL(`${url}/reset-password`);
  await page.getByLabel("New password").fill(NEW);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("Your password is changed").waitFor();
});

inEachWindow("a link's page shows when the server is down, and works when it is back", async (web) => {
  const { app, page, problems } = web;
  await register(app, { username: "ada", email: ADDRESS, password: PASSWORD });
  await page.goto(await mailedLink(web));
  await web.hangUp();
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("The server cannot be reached").waitFor();
  web.pickUp();
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Your address is confirmed").waitFor();
  // The browser uses a kept connection, which is closed, or a new one, which is refused. The errors differ.
  assert.deepEqual(problems.splice(0).filter((text) => !text.includes("net::ERR_")), []);
});

inEachWindow("the Google pages are accessible", async (web) => {
  const { page, url, problems } = web;
  await page.goto(`${url}/connect/google`);
  await page.getByText("You are not signed in here").waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL(`${url}/`);
  await registerIn(web, "ada");
  await page.goto(`${url}/connect/google`);
  await page.getByRole("button", { name: "Connect Google" }).waitFor();
  await accessible(page);
  await page.goto(`${url}/auth/google/callback?state=none&code=none`);
  await page.getByRole("link", { name: "Connect Google" }).waitFor();
  await accessible(page);
  // The answers 401 and 400 are expected.
  assert.equal(problems.splice(0).filter((text) => !/status of 40[01]/.test(text)).length, 0);
});

inEachWindow("without JavaScript, each page shows that it is needed, and sends nothing", async (web) => {
  await using context = await web.page.context().browser()!.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const path of ["/", "/verify-email", "/reset-password"]) {
    await page.goto(web.url + path);
    assert.match(await page.locator("body").innerText(), /needs JavaScript/);
  }
  await page.getByLabel("New password").fill(NEW);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const refused = page.waitForEvent("console", (message) => message.text().includes("form-action"));
  await page.keyboard.press("Enter");
  await refused;
  assert.deepEqual([page.url(), asked], [`${web.url}/reset-password`, []]);
});
