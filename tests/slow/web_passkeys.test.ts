import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { newPerson, PASSWORD } from "../support/people.ts";
import { addVirtualAuthenticator, type VirtualAuthenticator } from "../support/virtual_authenticator.ts";
import { accessible, inEachWindow, inWindow, press, registerIn, view, type Web } from "../support/web.ts";

/** Browsers refuse passkeys at addresses. */
const AT_LOCALHOST = { host: "localhost" } as const;

/** Creates the account `ada` with a passkey, and waits until the account is shown. */
async function registerAda(web: Web): Promise<void> {
  await web.page.goto(web.url);
  await press(web, "Create an account");
  await press(web, "Use a passkey instead of a password");
  await view(web, "Create an account with a passkey");
  await web.dialog.getByLabel("Username").fill("ada");
  await press(web, "Create a passkey");
  await view(web, "Your account");
}

/** Creates the account `ada` with a password and then a passkey, and shows the account's factors. */
async function adaWithPasskey(
  web: Web,
): Promise<{ authenticator: VirtualAuthenticator; recoveryCode: string }> {
  const authenticator = await addVirtualAuthenticator(web.page);
  await registerIn(web, "ada");
  await press(web, "Passkeys and second factors");
  await press(web, "Add a passkey");
  await web.dialog.getByLabel("Name").fill("Laptop");
  await press(web, "Create a passkey");
  await view(web, "Your recovery codes");
  const recoveryCode = await web.dialog.getByRole("listitem").first().innerText();
  await press(web, "I have saved them");
  await view(web, "Passkeys and second factors");
  return { authenticator, recoveryCode };
}

/** Signs out and in with ada's password, without touching the authenticator, and waits for the challenge. */
async function challengeOfAda(web: Web, authenticator: VirtualAuthenticator): Promise<void> {
  const { dialog } = web;
  await authenticator.setUserPresent(false);
  await press(web, "Back");
  await press(web, "Sign out");
  await press(web, "Use a password");
  await dialog.getByLabel("Username or e-mail address").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Sign in");
  await view(web, "Second factor");
  await authenticator.setUserPresent(true);
}

function alertOf({ dialog }: Pick<Web, "dialog">, text: string): Promise<void> {
  return dialog.getByRole("alert").filter({ hasText: text }).waitFor();
}

inEachWindow("an account is created with a passkey, which then signs in", async (web) => {
  const { page, dialog } = web;
  await addVirtualAuthenticator(page);
  await registerAda(web);
  await dialog.getByText("You can sign in with passkey").waitFor();
  await press(web, "Sign out");
  await view(web, "Sign in");
  await accessible(page);
  await press(web, "Use a passkey");
  await view(web, "Your account");
  await dialog.getByText("Signed in with passkey").waitFor();
  await page.reload();
  await view(web, "Your account");
}, AT_LOCALHOST);

inWindow("the browser offers passkeys in the field for the name, until one works", async (web) => {
  const { page, dialog } = web;
  const authenticator = await addVirtualAuthenticator(page);
  await registerAda(web);
  await press(web, "Sign out");
  // The first sign-in gets no answer.
  let attempts = 0;
  await page.route("**/graphql", async (route) => {
    const isSignIn = route.request().postData()?.includes("signInWithPasskey(");
    if (isSignIn && attempts++ === 0) await route.abort();
    else await route.continue();
  });
  web.problems.length = 0;
  await press(web, "Use a password");
  await view(web, "Your account");
  assert.equal(attempts, 2);
  await dialog.getByText("Signed in with passkey").waitFor();
  web.problems.length = 0;
  assert.equal((await authenticator.passkeys()).length, 1);
}, AT_LOCALHOST);

inWindow("the browser offers passkeys in the field for the address of a code", async (web) => {
  await addVirtualAuthenticator(web.page);
  await registerAda(web);
  await press(web, "Sign out");
  await press(web, "Continue with an e-mail code");
  await view(web, "Your account");
  await web.dialog.getByText("Signed in with passkey").waitFor();
}, AT_LOCALHOST);

inWindow("a passkey that comes after the user has left does not sign in", async (web) => {
  const { page, dialog } = web;
  await addVirtualAuthenticator(page);
  await registerAda(web);
  await press(web, "Sign out");
  await page.evaluate(() => {
    const { credentials } = navigator;
    const get = credentials.get.bind(credentials);
    // A prompt that is not modal, as in some browsers.
    credentials.get = async ({ signal, ...options } = {}) => {
      const credential = await get(
        options.mediation === "conditional" && signal ? { ...options, signal } : options,
      );
      await new Promise((resolve) => globalThis.addEventListener("touch", resolve, { once: true }));
      return credential;
    };
  });
  await press(web, "Use a passkey");
  await press(web, "Create an account");
  await page.evaluate(() => globalThis.dispatchEvent(new Event("touch")));
  await dialog.getByLabel("Username").fill("bob");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Create the account");
  await view(web, "Your account");
  await dialog.getByText("Signed in with password").waitFor();
}, AT_LOCALHOST);

inWindow("a passkey for an account that was refused is forgotten by the browser", async (web) => {
  const { app, page, dialog, url } = web;
  const authenticator = await addVirtualAuthenticator(page);
  await page.route("**/graphql", async (route) => {
    if (route.request().postData()?.includes("registerWithPasskey(")) await newPerson(app, "ada");
    await route.continue();
  }, { times: 20 });
  await page.goto(url);
  await press(web, "Create an account");
  await press(web, "Use a passkey instead of a password");
  await dialog.getByLabel("Username").fill("ada");
  await press(web, "Create a passkey");
  await alertOf(web, "taken");
  await eventually("the browser has no passkey", async () => (await authenticator.passkeys()).length === 0);
}, AT_LOCALHOST);

inWindow("a guest becomes the user that a passkey creates", async (web) => {
  const { page, dialog, url } = web;
  await addVirtualAuthenticator(page);
  await page.goto(url);
  await press(web, "Continue as a guest");
  await press(web, "Keep this account");
  await press(web, "Create an account");
  await press(web, "Use a passkey instead of a password");
  await dialog.getByLabel("Username").fill("ada");
  await press(web, "Create a passkey");
  await dialog.getByText("Signed in with passkey").waitFor();
}, AT_LOCALHOST);

inEachWindow("a passkey is added, named and removed, and the browser forgets it", async (web) => {
  const { page, dialog } = web;
  const { authenticator } = await adaWithPasskey(web);
  assert.equal((await authenticator.passkeys()).length, 1);
  await dialog.getByText("On one device only").waitFor();
  await accessible(page);

  await press(web, "Add a passkey");
  await accessible(page);
  await press(web, "Create a passkey");
  await alertOf(web, "This device or password manager already has a passkey for your account.");
  await press(web, "Back");

  await press(web, "Change Laptop");
  await dialog.getByLabel("Name").fill("Old laptop");
  await press(web, "Save the name");
  await press(web, "Change Old laptop");
  await accessible(page);
  await press(web, "Remove this passkey");
  await dialog.getByText("You have no passkey or second factor yet.").waitFor();
  await eventually("the browser has no passkey", async () => (await authenticator.passkeys()).length === 0);
}, AT_LOCALHOST);

inEachWindow("a password leads to the challenge, and a passkey proves the second factor", async (web) => {
  const { page, dialog } = web;
  const { authenticator } = await adaWithPasskey(web);
  await challengeOfAda(web, authenticator);
  await accessible(page);
  await authenticator.setUserVerified(false);
  await press(web, "Use your passkey");
  await alertOf(web, "No passkey was used or created. Try again, or choose another way.");
  await dialog.getByText("5 tries left").waitFor();
  await authenticator.setUserVerified(true);
  await press(web, "Use your passkey");
  await view(web, "Your account");
}, AT_LOCALHOST);

inWindow("a recovery code replaces the passkey in the challenge", async (web) => {
  const { dialog } = web;
  const { authenticator, recoveryCode } = await adaWithPasskey(web);
  await challengeOfAda(web, authenticator);
  await press(web, "Use a recovery code instead");
  await dialog.getByLabel("Recovery code").fill(recoveryCode);
  await press(web, "Sign in");
  await view(web, "Your account");
}, AT_LOCALHOST);

inWindow("after ten minutes, removing the passkey asks for it, and the only way in stays", async (web) => {
  const { app, page, dialog } = web;
  const authenticator = await addVirtualAuthenticator(page);
  await registerAda(web);
  await press(web, "Passkeys and second factors");
  app.clock.advance(11 * 60);
  await press(web, "Change Passkey");
  await press(web, "Remove this passkey");
  await view(web, "Second factor");
  await press(web, "Use your passkey");
  await alertOf(web, "Cannot remove this passkey: it is your only way to sign in.");
  assert.equal((await authenticator.passkeys()).length, 1);
  await dialog.getByRole("button", { name: "Remove this passkey" }).waitFor();
}, AT_LOCALHOST);

inWindow("a page at an address does not offer passkeys", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await view(web, "Sign in");
  await dialog.getByRole("button", { name: "Use a password" }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: /passkey/ }).count(), 0);
});
