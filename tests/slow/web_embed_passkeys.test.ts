import assert from "node:assert/strict";
import type { Frame, Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import {
  accountThere,
  dispatch,
  frameIn,
  framesIn,
  hasCookies,
  openSite,
  otherSite,
  pageEvents,
} from "../support/other_site.ts";
import { newPerson } from "../support/people.ts";
import { addVirtualAuthenticator } from "../support/virtual_authenticator.ts";
import { accessible, inWindow, type Web } from "../support/web.ts";

/** Another site than the server's, which is at localhost. */
const SITE = openSite("127.0.0.1");

const LISTED = { host: "localhost", env: { ALLOWED_ORIGINS: SITE } } as const;

/** The headers of a page that forbids passkeys in its frames. */
const FORBIDDEN = { "permissions-policy": "publickey-credentials-get=(), publickey-credentials-create=()" };

/** Opens the dialog in the site's page. */
async function openDialog({ page, url }: Web): Promise<Frame> {
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  await frame.getByRole("dialog").waitFor();
  return frame;
}

function pressIn(place: Frame | Page, name: string): Promise<void> {
  return place.getByRole("button", { name, exact: true }).click();
}

/** Presses a button that opens a window. */
async function pressForWindow(frame: Frame, name: string): Promise<Page> {
  const opening = frame.page().waitForEvent("popup");
  await pressIn(frame, name);
  return await opening;
}

/** Adds a passkey to a new user's account in the dialog, and signs the user out. */
async function newUserWithPasskey(web: Web) {
  const { app, page } = web;
  const { username } = await newPerson(app);
  await page.goto(SITE);
  const account = await accountThere(web, username);
  const authenticator = await addVirtualAuthenticator(account);
  await pressIn(account, "Passkeys and second factors");
  await pressIn(account, "Add a passkey");
  await pressIn(account, "Create a passkey");
  await pressIn(account, "I have saved them");
  const passkeys = await authenticator.passkeys();
  await dispatch(page, "sallyport:close");
  await eventually("the dialog is gone", () => framesIn(page) === 0);
  await page.evaluate(() => client.signOut());
  return { username, passkeys };
}

inWindow("in the frame of another site, a passkey is added and then signs in", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url);
  const { username, passkeys } = await newUserWithPasskey(web);
  const frame = await openDialog(web);
  await (await addVirtualAuthenticator(frame)).add(passkeys);
  await pressIn(frame, "Use a passkey");
  assert.deepEqual((await pageEvents(page, 5)).slice(2), ["AUTH VISITOR", username, "VISITOR AUTH"]);
  assert.equal(await hasCookies(page.context()), false);
}, LISTED);

inWindow("where the site forbids passkeys in frames, a window creates the passkey", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url, { headers: FORBIDDEN });
  await page.goto(SITE);
  const frame = await openDialog(web);
  await pressIn(frame, "Create an account");
  await pressIn(frame, "Use a passkey instead of a password");
  await frame.getByLabel("Username").fill("ada");
  const popup = await pressForWindow(frame, "Create a passkey");
  await addVirtualAuthenticator(popup);
  await popup.getByRole("button", { name: "Create a passkey" }).waitFor();
  await accessible(popup);
  await pressIn(popup, "Create a passkey");
  assert.deepEqual(await pageEvents(page, 2), ["ada", "VISITOR AUTH"]);
  await eventually("the window is closed", () => popup.isClosed());
}, LISTED);

inWindow(
  "where the site forbids passkeys in frames, a window signs in, and closing it gives up",
  async (web) => {
    const { page, url } = web;
    const { username, passkeys } = await (async () => {
      await using _site = otherSite(SITE, url);
      return await newUserWithPasskey(web);
    })();
    await using _site = otherSite(SITE, url, { headers: FORBIDDEN });
    await page.goto(SITE);
    const frame = await openDialog(web);
    const closed = await pressForWindow(frame, "Use a passkey");
    await closed.close();
    await frame.getByRole("alert").filter({ hasText: "No passkey was used or created." }).waitFor();
    const used = await pressForWindow(frame, "Use a passkey");
    const authenticator = await addVirtualAuthenticator(used);
    await authenticator.add(passkeys);
    await authenticator.setUserVerified(false);
    await pressIn(used, "Use your passkey");
    await used.getByRole("alert").filter({ hasText: "No passkey was used or created." }).waitFor();
    await authenticator.setUserVerified(true);
    await pressIn(used, "Use your passkey");
    assert.deepEqual(await pageEvents(page, 2), [username, "VISITOR AUTH"]);
  },
  LISTED,
);

inWindow("the window closes with the dialog that opened it", async (web) => {
  const { page, url } = web;
  await using _site = otherSite(SITE, url, { headers: FORBIDDEN });
  await page.goto(SITE);
  const left = await pressForWindow(await openDialog(web), "Use a passkey");
  await dispatch(page, "sallyport:close");
  await eventually("the window is closed", () => left.isClosed());

  const frame = await openDialog(web);
  const other = await pressForWindow(frame, "Use a passkey");
  await other.getByRole("button", { name: "Use your passkey" }).waitFor();
  await pressIn(frame, "Use a password");
  await eventually("the window of the view that was left is closed", () => other.isClosed());
}, LISTED);

inWindow("the window says that only the dialog can use it", async (web) => {
  await web.page.goto(`${web.url}/passkey`);
  await web.page.getByText("This page works only when the sign-in dialog opens it.").waitFor();
}, LISTED);
