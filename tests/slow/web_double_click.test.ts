import assert from "node:assert/strict";
import { mailedCode } from "../support/codes.ts";
import { newCredential } from "../support/credentials.ts";
import { nextMail, requestReset } from "../support/callers.ts";
import { addTotp, totpAt } from "../support/factors.ts";
import { linksTo } from "../support/link_pages.ts";
import { newPerson, PASSWORD, register, signedIn } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";
import { inEachWindow, press, registerIn, view, type Web } from "../support/web.ts";

const ADDRESS = "ada@example.test";

/** Counts the requests with this root field. They wait for `release`, so that a second one could start. */
async function holdRequests(
  { page }: Web,
  field: string,
): Promise<{ sent: () => number; release: () => void }> {
  let count = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes(`result:${field}`)) return await route.continue();
    count++;
    await released;
    await route.continue();
  });
  return { sent: () => count, release };
}

inEachWindow("a double click sends one request, and presses no button of the next view", async (web) => {
  const { page, dialog, url } = web;
  const guest = await holdRequests(web, "signInAsGuest");
  await page.goto(url);
  await view(web, "Sign in");
  await dialog.getByRole("button", { name: "Continue as a guest" }).dblclick();
  guest.release();
  await view(web, "Your account");
  assert.equal(guest.sent(), 1);

  // Without a request, the next view is there before the second click.
  await page.unrouteAll();
  await dialog.getByRole("button", { name: "Keep this account" }).dblclick();
  await view(web, "Keep your account");
  await dialog.getByRole("button", { name: "Back" }).dblclick();
  await view(web, "Your account");
  const signOut = await holdRequests(web, "signOut");
  await dialog.getByRole("button", { name: "Sign out" }).dblclick();
  signOut.release();
  await view(web, "Sign in");
  assert.equal(signOut.sent(), 1);
});

/** For each mutation, the button that sends it, and the steps before. */
const PRESSED: Record<string, [button: string, before: (web: Web) => Promise<void>]> = {
  register: ["Create the account", async (web) => {
    await web.page.goto(web.url);
    await press(web, "Create an account");
    await web.dialog.getByLabel("Username").fill("ada");
    await web.dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  }],
  signInWithPassword: ["Sign in", async (web) => {
    await register(web.app, { username: "ada", password: PASSWORD });
    await web.page.goto(web.url);
    await press(web, "Use a password");
    await web.dialog.getByLabel("Username or e-mail address").fill("ada");
    await web.dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  }],
  requestEmailCode: ["Mail me a code", (web) => typeAddress(web, "Continue with an e-mail code")],
  verifyEmailCode: ["Sign in", async (web) => {
    await typeAddress(web, "Continue with an e-mail code");
    await press(web, "Mail me a code");
    await web.dialog.getByLabel("Six digits").fill(await mailedCode(web.app, ADDRESS));
  }],
  verifySecondFactor: ["Sign in", async (web) => {
    const { secret } = await addTotp(web.app, (await newPerson(web.app, "ada")).accessToken);
    await web.page.goto(web.url);
    await press(web, "Use a password");
    await web.dialog.getByLabel("Username or e-mail address").fill("ada");
    await web.dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await press(web, "Sign in");
    await web.dialog.getByLabel("Six digits").fill(totpAt(web.app, secret));
  }],
  confirmTotp: ["Add the app", async (web) => {
    await registerIn(web, "ada");
    await press(web, "Passkeys and second factors");
    await press(web, "Add an authenticator app");
    const secret = await web.dialog.locator(".secret").innerText();
    await web.dialog.getByLabel("Six digits").fill(totpAt(web.app, secret.replaceAll(" ", "")));
  }],
  requestPasswordReset: ["Mail me a link", async (web) => {
    await typeAddress(web, "Use a password", "I forgot my password");
  }],
  changePassword: ["Change the password", async (web) => {
    await registerIn(web, "ada");
    await press(web, "Change your password");
    await web.dialog.getByLabel("Current password").fill(PASSWORD);
    await web.dialog.getByLabel("New password").fill("another long password");
  }],
  revokeSession: ["End the session of", async (web) => {
    await registerIn(web, "ada");
    await signedIn(web.app, "ada");
    await signedIn(web.app, "ada");
    await press(web, "Where you are signed in");
  }],
  revokeOtherSessions: ["End all others", async (web) => {
    await registerIn(web, "ada");
    await signedIn(web.app, "ada");
    await press(web, "Where you are signed in");
  }],
  transitionState: ["Go to VISITOR", (web) => registerIn(web, "ada")],
  startGoogleAuthorization: ["Connect Google", async (web) => {
    await registerIn(web, "ada");
    await press(web, "Connected accounts");
  }],
  startModalTokenFlow: ["Connect Modal", async (web) => {
    await registerIn(web, "ada");
    await press(web, "Connected accounts");
  }],
  revokeCredential: ["Disconnect Modal", async (web) => {
    await registerIn(web, "ada");
    await newCredential(web.app, web.app.client((await signedIn(web.app, "ada")).accessToken));
    await press(web, "Connected accounts");
  }],
  verifyEmail: ["Confirm", async ({ app, page }) => {
    await register(app, { username: "ada", email: ADDRESS, password: PASSWORD });
    await page.goto(await mailedLink(app));
  }],
  resetPassword: ["Change the password", async ({ app, page }) => {
    await newProvenPerson(app, ADDRESS);
    await requestReset(app, ADDRESS);
    await page.goto(await mailedLink(app));
    await page.getByLabel("New password").fill("another long password");
  }],
};

for (const [field, [button, before]] of Object.entries(PRESSED)) {
  inEachWindow(`a double click runs the action once: ${field}`, async (web) => {
    const { page } = web;
    await before(web);
    const { sent, release } = await holdRequests(web, field);
    const place = await web.dialog.count() > 0 ? web.dialog : page;
    const pressed = place.getByRole("button", { name: button }).first();
    await Promise.all([
      page.waitForResponse((response) => response.request().postData()?.includes(`result:${field}`) ?? false),
      // And a third time, by the keyboard.
      pressed.dblclick()
        .then(() => page.evaluate(() => document.querySelector("form")?.requestSubmit()))
        .then(release),
    ]);
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    assert.equal(sent(), 1);
  });
}

/** Presses the buttons one after the other, then types an address. */
async function typeAddress(web: Web, ...buttons: string[]): Promise<void> {
  await web.page.goto(web.url);
  for (const button of buttons) await press(web, button);
  await web.dialog.getByLabel("E-mail address").fill(ADDRESS);
}

/** The link in the next mail. */
async function mailedLink(app: Web["app"]): Promise<string> {
  return linksTo((await nextMail(app, ADDRESS)).text)[0] ?? assert.fail();
}
