import assert from "node:assert/strict";
import type { Route } from "playwright-core";
import { invalidGrant } from "../../src/emulators/google/switches.ts";
import { pageOfCredentials } from "../../src/vault/vault.ts";
import { newCredential, readCredential, verify } from "../support/credentials.ts";
import { refreshNow } from "../support/google_credentials.ts";
import { codeOf } from "../support/modal_flows.ts";
import { mutate, newPerson, PASSWORD, signedIn, viewerOf } from "../support/people.ts";
import { transitionUser } from "../support/states.ts";
import { eventually } from "../support/eventually.ts";
import { mailedToken, verifyEmail } from "../support/callers.ts";
import { accessible, answerGoogle, inEachWindow, press, registerIn, turn, view } from "../support/web.ts";

const PAYMENT_NEEDS_EMAIL = { env: { STATE_REQUIREMENTS: "PAYMENT=verified_email" } };

inEachWindow("a refused transition shows its requirements, and the state updates live", async (web) => {
  const { app, page, dialog } = web;
  await registerIn(web, "ada");
  await dialog.getByText("You are in the state AUTH").waitFor();
  await press(web, "Go to PAYMENT");
  await dialog.getByRole("alert").filter({ hasText: "Cannot go to PAYMENT" }).waitFor();
  const requirements = dialog.getByRole("listitem");
  assert.deepEqual(await requirements.allInnerTexts(), [
    "Done: Sign in",
    "Done: Have an account: a guest registers or verifies an e-mail address",
    "Verify an e-mail address",
  ]);
  await accessible(page);
  await press(web, "Go to VISITOR");
  await dialog.getByText("You are in the state VISITOR").waitFor();
  assert.equal(await requirements.count(), 0);
  assert.equal(
    await page.evaluate(() => document.activeElement?.closest("dialog") !== null),
    true,
    "the focus stays in the dialog",
  );

  // A second sign-in, then an operator, changes the state while the page is open.
  const { id } = await signedIn(app, "ada");
  await dialog.getByText("You are in the state AUTH").waitFor();
  const moved = await transitionUser(app, await app.operatorToken("OPERATE"), id, "VISITOR");
  assert.equal(moved.__typename, "StateChanged");
  await dialog.getByText("You are in the state VISITOR").waitFor();
}, PAYMENT_NEEDS_EMAIL);

inEachWindow("an address that is confirmed elsewhere is shown as confirmed at once", async (web) => {
  const { app, page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Create an account");
  await dialog.getByLabel("Username").fill("ada");
  await dialog.getByLabel("E-mail address").fill("ada@example.test");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Create the account");
  await dialog.getByText("A mail is on its way to ada@example.test").waitFor();
  await dialog.getByText("not confirmed yet").waitFor();
  assert.equal((await verifyEmail(app, await mailedToken(app, "ada@example.test"))).__typename, "Done");
  await dialog.getByText("You can sign in with password, e-mail code").waitFor();
  assert.equal(await dialog.getByText("not confirmed yet").count(), 0);
});

inEachWindow("changing the password ends the other sessions", async (web) => {
  const { app, page, dialog } = web;
  await registerIn(web, "ada");
  const other = await signedIn(app, "ada");
  await press(web, "Change your password");
  await accessible(page);
  await dialog.getByLabel("Current password").fill("wrong");
  await dialog.getByLabel("New password").fill("another long password");
  await press(web, "Change the password");
  await dialog.getByRole("alert").filter({ hasText: "password is wrong" }).waitFor();
  assert.equal(await dialog.getByLabel("New password").inputValue(), "another long password");
  await dialog.getByLabel("Current password").fill(PASSWORD);
  await press(web, "Change the password");
  await dialog.getByText("Your password was changed").waitFor();
  await view(web, "Your account");
  await eventually(
    "the other session has ended",
    async () => await viewerOf(app, other.accessToken) === null,
  );
  await signedIn(app, "ada", "another long password");
});

inEachWindow("other sessions are listed, and can be ended one by one or all at once", async (web) => {
  const { app, page, dialog } = web;
  await registerIn(web, "ada");
  const [one, two, three] = [
    await signedIn(app, "ada"),
    await signedIn(app, "ada"),
    await signedIn(app, "ada"),
  ];
  await press(web, "Where you are signed in");
  const rows = dialog.getByRole("listitem");
  await rows.nth(3).waitFor();
  await accessible(page);
  assert.match(
    await rows.filter({ hasText: "This browser" }).innerText(),
    /Chrome on Linux · password · 127\.0\.0\.1/,
  );
  await rows.filter({ hasNotText: "This browser" }).first().getByRole("button").click();
  await rows.nth(3).waitFor({ state: "detached" });
  const names = () => Promise.all([one, two, three].map(({ accessToken }) => viewerOf(app, accessToken)));
  await eventually(
    "one of them has ended",
    async () => (await names()).filter((name) => name === null).length === 1,
  );
  await press(web, "End all others");
  await rows.nth(1).waitFor({ state: "detached" });
  await eventually("all have ended", async () => (await names()).every((name) => name === null));
  await dialog.getByRole("button", { name: "End this session" }).click();
  await view(web, "Sign in");
  await dialog.getByText("You are signed out").waitFor();
});

inEachWindow("when the session is ended elsewhere, the page shows the sign-in", async (web) => {
  const { app, dialog } = web;
  await registerIn(web, "ada");
  const other = await signedIn(app, "ada");
  await mutate(app, "mutation { revokeOtherSessions { __typename } }", { token: other.accessToken });
  await view(web, "Sign in");
  assert.match(await dialog.innerText(), /You are signed out/);
});

inEachWindow("a Modal account is connected live, its token is shown, and it is disconnected", async (web) => {
  const { page, dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await dialog.getByText("Nothing is connected yet").waitFor();
  await accessible(page);
  await press(web, "Connect Modal");
  const link = dialog.getByRole("link", { name: "Open Modal's page" });
  await link.waitFor();
  await accessible(page);
  const opened = page.waitForEvent("popup");
  await link.click();
  await (await opened).getByRole("button", { name: "Approve" }).click();
  await dialog.getByText("Modal is connected: emulated-workspace").waitFor();
  await view(web, "Connected accounts");
  const row = dialog.getByRole("listitem").filter({ hasText: "Modal · emulated-workspace" });
  await row.getByText("HEALTHY", { exact: true }).waitFor();
  await accessible(page);
  await row.getByRole("button", { name: "Disconnect" }).click();
  await dialog.getByText("Nothing is connected yet").waitFor();
});

inEachWindow("a denied Modal flow can be started again", async (web) => {
  const { page, dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await press(web, "Connect Modal");
  const opened = page.waitForEvent("popup");
  await dialog.getByRole("link", { name: "Open Modal's page" }).click();
  await (await opened).getByRole("button", { name: "Deny" }).click();
  await press(web, "Start again");
  await dialog.getByRole("link", { name: "Open Modal's page" }).waitFor();
  await press(web, "Cancel");
  await dialog.getByRole("button", { name: "Start again" }).waitFor();
});

inEachWindow("a Modal flow that was not approved in time can wait again", async (web) => {
  const { page, dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await press(web, "Connect Modal");
  const link = dialog.getByRole("link", { name: "Open Modal's page" });
  const modal = await link.getAttribute("href") ?? "";
  await dialog.getByText("Not approved in time").waitFor();
  const late = await page.context().newPage();
  await late.goto(modal);
  await late.getByRole("button", { name: "Approve" }).click();
  await late.getByRole("heading", { name: "Approved" }).waitFor();
  await press(web, "Wait again");
  await dialog.getByText("Modal is connected: emulated-workspace").waitFor();
}, { env: { MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "1" } });

inEachWindow(
  "a Modal token that Modal refuses has a link to sign in and connect again",
  async (web) => {
    const { app, page, dialog } = web;
    const { accessToken } = await newPerson(app, "ada");
    const client = app.client(accessToken);
    const { id, tokenId } = await newCredential(app, client);
    assert.equal((await readCredential(client, id)).authorizationUrl, null);
    app.modal.revokeToken(tokenId);
    assert.equal(codeOf(await verify(client, id)), "MODAL_REJECTED");
    const { authorizationUrl } = await readCredential(client, id);
    await page.goto(authorizationUrl ?? "");
    await press(web, "Use a password");
    await dialog.getByLabel("Username or e-mail address").fill("ada");
    await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await press(web, "Sign in");
    await view(web, "Connected accounts");
    await press(web, "Allow again Modal emulated-workspace");
    await dialog.getByRole("link", { name: "Open Modal's page" }).waitFor();
  },
);

inEachWindow("Google is connected, refuses a refresh, and is authorized again", async (web) => {
  const { app, page, dialog, url } = web;
  await registerIn(web, "ada");
  await press(web, "Connected accounts");
  await press(web, "Connect Google");
  await page.waitForURL((at) => at.origin === new URL(app.google.url).origin);
  await answerGoogle(page, "ada@gmail.com");
  await page.waitForURL(`${url}/`);
  await view(web, "Your account");
  await press(web, "Connected accounts");
  const row = dialog.getByRole("listitem").filter({ hasText: "Google · ada@gmail.com" });
  await row.getByText("HEALTHY", { exact: true }).waitFor();

  const newest = { limit: 1, newestFirst: true };
  const [credential] = await pageOfCredentials(app.services.db, newest, { provider: "GOOGLE" });
  assert.ok(credential);
  app.google.switches.faults.push(invalidGrant(1));
  await refreshNow(await app.operator("OPERATE"), credential.id);
  await row.getByText("REAUTHORIZATION_REQUIRED", { exact: true }).waitFor();
  await accessible(page);
  await row.getByRole("button", { name: "Allow again" }).click();
  await page.waitForURL((at) => at.origin === new URL(app.google.url).origin);
  await answerGoogle(page, "ada@gmail.com");
  await page.waitForURL(`${url}/`);
  await press(web, "Connected accounts");
  await row.getByText("HEALTHY", { exact: true }).waitFor();
  assert.equal(await row.count(), 1);
});

inEachWindow("Google can be linked to an account as a sign-in method", async (web) => {
  const { page, dialog } = web;
  await registerIn(web, "ada");
  await press(web, "Sign in with Google too");
  await accessible(page);
  const opened = page.waitForEvent("popup");
  await press(web, "Continue with Google");
  await answerGoogle(await opened, "ada@gmail.com");
  await dialog.getByText("You can sign in with password, e-mail code, Google").waitFor();
  assert.match(await dialog.innerText(), /^ada$/m);
  assert.equal(await dialog.getByRole("button", { name: "Sign in with Google too" }).count(), 0);
});

inEachWindow("a background tab holds no connection, and catches up when it is visible again", async (web) => {
  const { app, page, dialog } = web;
  const listeners = () => app.services.eventLog.listeners;
  const before = listeners();
  await registerIn(web, "ada");
  await eventually("the page is subscribed", () => listeners() > before);
  await turn(page, true);
  await eventually("the subscription is closed", () => listeners() === before);
  const { id } = await signedIn(app, "ada");
  await transitionUser(app, await app.operatorToken("OPERATE"), id, "VISITOR");
  await turn(page, false);
  await dialog.getByText("You are in the state VISITOR").waitFor();
});

inEachWindow("an error is not shown in another view than the one that caused it", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Use a password");
  await dialog.getByLabel("Username or e-mail address").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill("wrong");
  const asked = Promise.withResolvers<Route>();
  await page.route("**/graphql", (route) => {
    const isSignIn = route.request().postData()?.includes("signInWithPassword");
    if (isSignIn) asked.resolve(route);
    else void route.continue();
  });
  await press(web, "Sign in");
  const route = await asked.promise;
  await press(web, "Back");
  await view(web, "Sign in");
  const answered = page.waitForResponse((response) => response.request() === route.request());
  await route.continue();
  await (await answered).finished();
  // The answer to a later request shows that this one has been handled.
  await page.evaluate(() => fetch("/healthz").then((response) => response.text()));
  assert.equal(await dialog.getByRole("alert").innerText(), "");
});
