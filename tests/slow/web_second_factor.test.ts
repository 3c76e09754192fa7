import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import decodeQr from "qr/decode.js";
import { nextMail } from "../support/callers.ts";
import { mailedCode } from "../support/codes.ts";
import { eventually } from "../support/eventually.ts";
import { addTotp, challengeOf, proveFactor, totpAt } from "../support/factors.ts";
import { frameIn, framesIn, openSite, otherSite, pageEvents, signInThere } from "../support/other_site.ts";
import { newPerson, PASSWORD, signedIn } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";
import { addVirtualAuthenticator } from "../support/virtual_authenticator.ts";
import {
  accessible,
  answerGoogle,
  inEachWindow,
  inWindow,
  press,
  registerIn,
  view,
  type Web,
} from "../support/web.ts";

/** A user `ada` with an authenticator app. */
async function adaWithTotp({ app }: Web) {
  const { accessToken } = await newPerson(app, "ada");
  return await addTotp(app, accessToken);
}

/** Signs in with ada's password, and waits for the challenge. */
async function passwordOf(web: Web): Promise<void> {
  const { page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Use a password");
  await dialog.getByLabel("Username or e-mail address").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Sign in");
  await view(web, "Second factor");
}

/** Signs in as ada with the authenticator's code, eleven minutes ago. */
async function signedInWithTotp(web: Web): Promise<{ secret: string }> {
  const { secret } = await adaWithTotp(web);
  await passwordOf(web);
  await sendCode(web, totpAt(web.app, secret));
  await view(web, "Your account");
  web.app.clock.advance(11 * 60);
  return { secret };
}

/** Sends a code in the challenge. */
async function sendCode({ dialog }: Pick<Web, "dialog">, code: string, button = "Sign in"): Promise<void> {
  await dialog.getByLabel("Six digits").fill(code);
  await dialog.getByRole("button", { name: button, exact: true }).click();
}

function alertOf({ dialog }: Pick<Web, "dialog">, text: string): Promise<void> {
  return dialog.getByRole("alert").filter({ hasText: text }).waitFor();
}

/** The name of the focused field, or the text of the focused button. */
function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() =>
    document.activeElement?.getAttribute("name") ?? document.activeElement?.textContent
  );
}

inEachWindow("a password leads to the challenge, and the authenticator's code signs in", async (web) => {
  const { app, page, dialog } = web;
  const { secret } = await adaWithTotp(web);
  await passwordOf(web);
  const field = dialog.getByLabel("Six digits");
  assert.equal(await focused(page), "TOTP");
  assert.deepEqual(
    await field.evaluate(({ inputMode, autocomplete }: HTMLInputElement) => [inputMode, autocomplete]),
    ["numeric", "one-time-code"],
  );
  await dialog.getByRole("form", { name: "Second factor" }).waitFor();
  await dialog.getByText("5 tries left, for 10 min").waitFor();
  await accessible(page);

  await sendCode(web, totpAt(app, secret, 40));
  await alertOf(web, "Wrong code. 4 tries left.");
  await dialog.getByText("4 tries left, for 10 min").waitFor();
  await accessible(page);
  await sendCode(web, totpAt(app, secret));
  await view(web, "Your account");
  await page.reload();
  await view(web, "Your account");
});

inEachWindow("a recovery code signs in instead, and few left are shown as a warning", async (web) => {
  const { app, page, dialog } = web;
  const { recoveryCodes } = await adaWithTotp(web);
  const [first = "", ...others] = recoveryCodes;
  for (const recoveryCode of others.slice(0, 6)) {
    const { id } = await challengeOf(app, "ada");
    assert.equal((await proveFactor(app, id, { recoveryCode })).__typename, "SignedIn");
  }
  await passwordOf(web);
  await press(web, "Use a recovery code instead");
  assert.equal(await focused(page), "RECOVERY_CODES");
  await accessible(page);
  await press(web, "Use the authenticator app instead");
  assert.equal(await focused(page), "TOTP");
  await press(web, "Use a recovery code instead");
  await dialog.getByLabel("Recovery code").fill(others[0] ?? "");
  await press(web, "Sign in");
  await alertOf(web, "Wrong code. 4 tries left.");
  await dialog.getByLabel("Recovery code").fill(first.toUpperCase());
  await press(web, "Sign in");
  await view(web, "Your account");
  await press(web, "Passkeys and second factors");
  await dialog.getByText("3 codes left. Create new ones.").waitFor();
  await accessible(page);
  await press(web, "Create new recovery codes");
  await view(web, "Your recovery codes");
  const created = await codesIn(dialog);
  assert.equal(created.length, 10);
  assert.deepEqual(created.filter((code) => recoveryCodes.includes(code)), []);
});

inEachWindow("five wrong codes end the challenge, and the user starts again", async (web) => {
  const { app, page, dialog } = web;
  const { secret } = await adaWithTotp(web);
  await passwordOf(web);
  for (const left of ["4 tries", "3 tries", "2 tries", "One try"]) {
    await sendCode(web, totpAt(app, secret, 40));
    await alertOf(web, `Wrong code. ${left} left.`);
  }
  await dialog.getByLabel("Six digits").fill(totpAt(app, secret, 40));
  await page.keyboard.press("Enter");
  await dialog.getByText("The second factor was tried too often. Start again.").waitFor();
  assert.equal(await focused(page), "Start again");
  assert.equal(await dialog.getByLabel("Six digits").isVisible(), false);
  await accessible(page);
  await press(web, "Start again");
  await view(web, "Sign in");
  await passwordOf(web);
  await sendCode(web, totpAt(app, secret));
  await view(web, "Your account");
});

inWindow("a challenge ends after ten minutes, and Back leaves it before", async (web) => {
  const { page, dialog } = web;
  await adaWithTotp(web);
  await page.clock.install();
  await passwordOf(web);
  await press(web, "Back");
  await view(web, "Sign in");
  await passwordOf(web);
  await page.clock.fastForward("10:01");
  await dialog.getByText("The time is over. Start again.").waitFor();
  assert.equal(await focused(page), "Start again");
});

inWindow("an e-mailed code and Google lead to the challenge too", async (web) => {
  const { app, page, dialog, url } = web;
  const withGoogle = async () => {
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
  };
  await page.goto(url);
  await withGoogle();
  await dialog.getByText("Signed in with Google").waitFor();
  const { accessToken } = await newProvenPerson(app, "ada@gmail.com");
  const { secret } = await addTotp(app, accessToken);
  assert.equal((await nextMail(app, "ada@gmail.com")).subject, "A second factor was added");
  app.clock.advance(300);
  await page.goto(url);
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill("ada@gmail.com");
  await press(web, "Mail me a code");
  await sendCode(web, await mailedCode(app, "ada@gmail.com"));
  await view(web, "Second factor");
  await sendCode(web, totpAt(app, secret));
  await view(web, "Your account");
  await press(web, "Sign out");

  app.clock.advance(60);
  await withGoogle();
  await view(web, "Second factor");
  await sendCode(web, totpAt(app, secret));
  await dialog.getByText("Signed in with Google").waitFor();
});

inEachWindow(
  "an authenticator app is added with its QR code, and its recovery codes are shown once",
  async (web) => {
    const { app, page, dialog } = web;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await registerIn(web, "ada");
    await press(web, "Passkeys and second factors");
    await dialog.getByText("You have no passkey or second factor yet.").waitFor();
    await accessible(page);
    await press(web, "Add an authenticator app");
    const image = dialog.getByRole("img", { name: "QR code for the authenticator app" });
    await image.waitFor();
    await accessible(page);
    const uri = new URL(await scanned(image));
    const secret = uri.searchParams.get("secret") ?? "";
    assert.match(uri.href, /^otpauth:\/\/totp\/.*ada\?/);
    assert.equal((await dialog.locator(".secret").innerText()).replaceAll(" ", ""), secret);
    await press(web, "Copy the secret");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);

    await dialog.getByLabel("Six digits from the app").fill(totpAt(app, secret, 40));
    await press(web, "Add the app");
    await alertOf(web, "Wrong code. Enter the newest one.");
    await dialog.getByLabel("Six digits from the app").fill(totpAt(app, secret));
    await press(web, "Add the app");
    await view(web, "Your recovery codes");
    await accessible(page);
    const codes = await codesIn(dialog);
    assert.equal(new Set(codes).size, 10);
    await press(web, "Copy");
    await dialog.getByRole("status").filter({ hasText: "Copied." }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${codes.join("\n")}\n`);
    const downloading = page.waitForEvent("download");
    await dialog.getByRole("link", { name: "Download" }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), "recovery-codes-127.0.0.1.txt");
    assert.equal(await Deno.readTextFile(await download.path()), `${codes.join("\n")}\n`);
    await press(web, "I have saved them");
    await dialog.getByText("10 codes left").waitFor();
    await accessible(page);

    app.clock.advance(60);
    await press(web, "Back");
    await press(web, "Sign out");
    await view(web, "Sign in");
    await passwordOf(web);
    await sendCode(web, totpAt(app, secret));
    await view(web, "Your account");
  },
);

inEachWindow("removing a factor asks for it first, and then goes on", async (web) => {
  const { app, page, dialog } = web;
  const { secret } = await signedInWithTotp(web);
  await press(web, "Passkeys and second factors");
  await press(web, "Change Authenticator app");
  await accessible(page);
  await dialog.getByLabel("Name").fill("Blue phone");
  await press(web, "Save the name");
  await dialog.getByText("The name is saved.").waitFor();
  await press(web, "Change Blue phone");

  await press(web, "Remove this second factor");
  await view(web, "Second factor");
  await accessible(page);
  await press(web, "Back");
  await view(web, "Change a second factor");
  await challengeOf(app, "ada");

  await press(web, "Remove this second factor");
  await sendCode(web, totpAt(app, secret, 40), "Continue");
  await alertOf(web, "Wrong code. 4 tries left.");
  await sendCode(web, totpAt(app, secret), "Continue");
  await dialog.getByText("The second factor is removed.").waitFor();
  await dialog.getByText("You have no passkey or second factor yet.").waitFor();
  await signedIn(app, "ada");
});

inWindow("a second authenticator app can be added after a step-up, also after Back", async (web) => {
  const { app, dialog } = web;
  const { secret } = await signedInWithTotp(web);
  await press(web, "Passkeys and second factors");
  await press(web, "Add an authenticator app");
  await view(web, "Second factor");
  await press(web, "Back");
  await view(web, "Add an authenticator app");
  await press(web, "Start again");
  await view(web, "Second factor");
  await sendCode(web, totpAt(app, secret), "Continue");
  const typed = await dialog.locator(".secret").innerText();
  await dialog.getByLabel("Six digits from the app").fill(totpAt(app, typed.replaceAll(" ", "")));
  await press(web, "Add the app");
  await view(web, "Passkeys and second factors");
  await dialog.getByText("Authenticator app 2").waitFor();
});

inWindow("without a second factor, an old session must sign in again to add one", async (web) => {
  const { app } = web;
  await registerIn(web, "ada");
  app.clock.advance(11 * 60);
  await press(web, "Passkeys and second factors");
  await press(web, "Add an authenticator app");
  await alertOf(web, "you signed in more than ten minutes ago. Sign in again.");
  await view(web, "Add an authenticator app");
});

/** Moves the focus with Tab to the button with this label, and presses Enter. */
async function reach({ page }: Web, label: string): Promise<void> {
  const seen: (string | null | undefined)[] = [];
  const isReached = async () => {
    seen.push(
      await page.evaluate(() =>
        document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent
      ),
    );
    return seen.at(-1) === label;
  };
  while (!await isReached()) {
    assert.ok(seen.length < 40, `no way to ${label}: ${seen}`);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
}

inEachWindow("factors are added, proven, named and removed with the keyboard alone", async (web) => {
  const { app, page, dialog } = web;
  await addVirtualAuthenticator(page);
  await registerIn(web, "ada");
  await reach(web, "Passkeys and second factors");
  await view(web, "Passkeys and second factors");
  await reach(web, "Add an authenticator app");
  const secret = (await dialog.locator(".secret").innerText()).replaceAll(" ", "");
  while (await focused(page) !== "code") await page.keyboard.press("Tab");
  await page.keyboard.type(totpAt(app, secret));
  await page.keyboard.press("Enter");
  await view(web, "Your recovery codes");
  const [recoveryCode = ""] = await codesIn(dialog);
  await reach(web, "I have saved them");
  await view(web, "Passkeys and second factors");

  await reach(web, "Add a passkey");
  await view(web, "Add a passkey");
  await page.keyboard.type("Key");
  await page.keyboard.press("Enter");
  await reach(web, "Change Key");
  await view(web, "Change a passkey");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Blue key");
  await page.keyboard.press("Enter");
  await reach(web, "Change Blue key");
  await view(web, "Change a passkey");
  await reach(web, "Remove this passkey");
  await dialog.getByText("The passkey is removed.").waitFor();
  await reach(web, "Back");
  await view(web, "Your account");

  app.clock.advance(60);
  for (const [kind, proof] of [["app", totpAt(app, secret)], ["recovery code", recoveryCode]] as const) {
    await reach(web, "Sign out");
    await view(web, "Sign in");
    await reach(web, "Use a password");
    await view(web, "Sign in with a password");
    await page.keyboard.type("ada");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await view(web, "Second factor");
    if (kind === "recovery code") await reach(web, "Use a recovery code instead");
    await page.keyboard.type(proof);
    await page.keyboard.press("Enter");
    await view(web, "Your account");
  }
}, { host: "localhost" });

inEachWindow("users download their data after a step-up", async (web) => {
  const { app, page } = web;
  const { secret } = await signedInWithTotp(web);
  await press(web, "Download your data");
  await view(web, "Second factor");
  const saved = page.waitForEvent("download");
  await sendCode(web, totpAt(app, secret), "Continue");
  const download = await saved;
  assert.match(download.suggestedFilename(), /^account-.+\.json$/);
  const data = JSON.parse(await Deno.readTextFile(await download.path()));
  assert.equal(data.users.rows[0].username, "ada");
  await view(web, "Your account");
});

inWindow("linking Google asks for the second factor first, then for Google again", async (web) => {
  const { app, page, dialog } = web;
  const { secret } = await signedInWithTotp(web);
  await press(web, "Sign in with Google too");
  const link = async () => {
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
  };
  await link();
  await view(web, "Second factor");
  await sendCode(web, totpAt(app, secret), "Continue");
  await view(web, "Sign in with Google too");
  await dialog.getByText("Now press Google's button again").waitFor();
  await link();
  await dialog.getByText("You can sign in with password, e-mail code, Google").waitFor();
});

const SITE = openSite("localhost");

inWindow("the dialog on another site asks for the second factor, and for a step-up", async (web) => {
  const { app, page, url } = web;
  await using _site = otherSite(SITE, url);
  const { secret } = await adaWithTotp(web);
  await page.goto(SITE);
  await signInThere(web, "ada");
  const frame = await frameIn(page, url);
  const there = { dialog: frame.getByRole("dialog") };
  await view(there, "Second factor");
  await accessible(frame);
  await sendCode(there, totpAt(app, secret, 40));
  await alertOf(there, "Wrong code. 4 tries left.");
  await sendCode(there, totpAt(app, secret));
  assert.deepEqual(await pageEvents(page, 2), ["ada", "VISITOR AUTH"]);
  await eventually("the dialog is gone", () => framesIn(page) === 0);

  app.clock.advance(11 * 60);
  await page.evaluate(() => void document.dispatchEvent(new Event("sallyport:open")));
  const again = { dialog: (await frameIn(page, url)).getByRole("dialog") };
  await press(again, "Passkeys and second factors");
  await press(again, "Create new recovery codes");
  await view(again, "Second factor");
  await sendCode(again, totpAt(app, secret), "Continue");
  await view(again, "Your recovery codes");
  await press(again, "Copy");
  await again.dialog.getByRole("status").filter({ hasText: "Copied." }).waitFor();
  assert.equal(await page.evaluate(async () => (await client.authState()).session?.assurance), "MULTI");
}, { env: { ALLOWED_ORIGINS: SITE } });

/** The recovery codes that the dialog shows. */
function codesIn(dialog: Locator): Promise<string[]> {
  return dialog.getByRole("listitem").allInnerTexts();
}

/** The text of a QR code, read from its picture. */
async function scanned(image: Locator): Promise<string> {
  const picture = (await image.screenshot()).toString("base64");
  // A page without a policy may load the picture.
  const camera = await image.page().context().newPage();
  const { width, height, data } = await camera.evaluate(async (picture) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    return { width, height, data: [...context?.getImageData(0, 0, width, height).data ?? []] };
  }, picture);
  await camera.close();
  return decodeQr({ width, height, data: new Uint8Array(data) });
}
