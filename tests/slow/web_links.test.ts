import assert from "node:assert/strict";
import { nextMail, requestReset } from "../support/callers.ts";
import { linksTo } from "../support/link_pages.ts";
import { PASSWORD, register, signIn } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";
import { accessible, inEachWindow, registerIn, type Web } from "../support/web.ts";

const ADDRESS = "ada@example.test";
const NEW = "another long password";

/** Where the next mail's link leads. */
async function mailedLink({ app }: Web, address = ADDRESS): Promise<string> {
  const [link] = linksTo((await nextMail(app, address)).text);
  assert.ok(link);
  return link;
}

inEachWindow("R25: the button of a mailed link's page proves the address, and once", async (web) => {
  const { app, page, url } = web;
  await register(app, { username: "ada", email: ADDRESS, password: PASSWORD });
  const link = await mailedLink(web);
  await page.goto(link);
  await accessible(page);
  assert.equal(page.url(), `${url}/verify-email`, "the token does not stay in the address bar");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Your address is confirmed").waitFor();
  assert.equal(await page.getByRole("button").count(), 0);
  assert.equal((await signIn(app, ADDRESS)).__typename, "SignedIn");
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("it is wrong, used or expired").waitFor();
});

inEachWindow("a new password is chosen at the mailed link's page", async (web) => {
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

inEachWindow("a second link that is opened in the tab of the first is the one that counts", async (web) => {
  const { app, page, url } = web;
  await newProvenPerson(app, ADDRESS);
  await page.goto(`${url}/reset-password#token=spw_of-another-mail`);
  await page.getByLabel("New password").waitFor();
  await requestReset(app, ADDRESS);
  // Only what stands behind the # is another one: no browser loads the page again by itself.
  await page.goto(await mailedLink(web));
  await page.waitForURL(`${url}/reset-password`);
  await page.getByLabel("New password").fill(NEW);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("Your password is changed").waitFor();
});

inEachWindow("a link's page says when the server is away, and works when it is back", async (web) => {
  const { app, page, problems } = web;
  await register(app, { username: "ada", email: ADDRESS, password: PASSWORD });
  await page.goto(await mailedLink(web));
  await web.hangUp();
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("The server cannot be reached").waitFor();
  web.pickUp();
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Your address is confirmed").waitFor();
  // A connection that was kept is cut, and a new one is refused: which of them is used is the browser's affair.
  assert.deepEqual(problems.splice(0).filter((text) => !text.includes("net::ERR_")), []);
});

inEachWindow("the pages around Google share the look, and are accessible", async (web) => {
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
  // Of the answers 401 and 400, as they should be.
  assert.equal(problems.splice(0).filter((text) => !/status of 40[01]/.test(text)).length, 0);
});

inEachWindow("without JavaScript each page says that it needs it, and sends nothing", async (web) => {
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
