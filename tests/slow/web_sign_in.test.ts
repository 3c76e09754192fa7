import assert from "node:assert/strict";
import { mailedCode, wrongCode } from "../support/codes.ts";
import { eventually } from "../support/eventually.ts";
import { newPerson, PASSWORD } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";
import {
  accessible,
  answerGoogle,
  inEachWindow,
  press,
  registerIn,
  turn,
  view,
  type Web,
} from "../support/web.ts";

const ADDRESS = "ada@example.test";

inEachWindow("registration signs in, and sign-out shows the sign-in methods again", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await view(web, "Sign in");
  await accessible(page);
  await press(web, "Create an account");
  await accessible(page);
  await dialog.getByLabel("Username").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Create the account");
  await view(web, "Your account");
  await accessible(page);
  assert.match(await dialog.innerText(), /ada\n+Signed in with password/);
  const cookies = await page.context().cookies();
  const named = cookies.map(({ name, httpOnly }) => [name, httpOnly]).sort();
  assert.deepEqual(named, [["sallyport", true], ["sallyport-device", true]]);

  await page.reload();
  await view(web, "Your account");
  await press(web, "Sign out");
  await view(web, "Sign in");
  assert.match(await dialog.innerText(), /You are signed out/);
  assert.deepEqual((await page.context().cookies()).map(({ name }) => name), ["sallyport-device"]);
});

inEachWindow("a wrong password shows an error, and the form keeps its values", async (web) => {
  const { app, page, dialog, url } = web;
  await newPerson(app, "ada");
  await page.goto(url);
  await press(web, "Use a password");
  const [name, password] = [
    dialog.getByLabel("Username or e-mail address"),
    dialog.getByLabel("Password", { exact: true }),
  ];
  await name.fill("ada");
  await password.fill("wrong");
  await password.press("Enter");
  const alert = dialog.getByRole("alert").filter({ hasText: "Cannot sign in" });
  await alert.waitFor();
  assert.match(await alert.textContent() ?? "", /Request req_[0-9a-z]{12}$/);
  await accessible(page);
  assert.deepEqual([await name.inputValue(), await password.inputValue()], ["ada", "wrong"]);
  await password.fill(PASSWORD);
  await password.press("Enter");
  await view(web, "Your account");
  assert.equal(await alert.count(), 0);
});

inEachWindow(
  "a mailed code signs in: attempts are counted, and a pasted code may contain spaces",
  async (web) => {
    const { app, page, dialog, url } = web;
    await page.goto(url);
    await press(web, "Continue with an e-mail code");
    await accessible(page);
    await dialog.getByLabel("E-mail address").fill(ADDRESS);
    await press(web, "Mail me a code");
    await view(web, "Check your e-mail");
    await dialog.getByText("The mail server has taken the mail").waitFor();
    await accessible(page);
    const code = await mailedCode(app, ADDRESS);
    const entry = dialog.getByLabel("Six digits");
    assert.equal(await entry.getAttribute("autocomplete"), "one-time-code");
    await entry.fill(wrongCode(code));
    await entry.press("Enter");
    await dialog.getByText("4 tries left").waitFor();
    assert.equal(await entry.inputValue(), wrongCode(code));
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.evaluate(
      (text) => navigator.clipboard.writeText(text),
      ` ${code.slice(0, 3)} ${code.slice(3)} `,
    );
    await entry.press("Control+a");
    await entry.press("Control+v");
    assert.equal(await entry.inputValue(), ` ${code.slice(0, 3)} ${code.slice(3)} `);
    await entry.press("Enter");
    await view(web, "Your account");
    assert.match(await dialog.innerText(), /ada@example\.test[^]*Signed in with e-mail code/);
  },
);

/** Requests a second code, with a browser clock that is `hours` off. */
async function askForAnother(web: Web, hours: number): Promise<void> {
  const { app, page, dialog, url } = web;
  await page.clock.install({ time: new Date(Date.now() + hours * 60 * 60 * 1000) });
  await page.goto(url);
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill(ADDRESS);
  await press(web, "Mail me a code");
  await view(web, "Check your e-mail");
  const waiting = dialog.getByRole("button", { name: /^Send another code in (\d\d) s$/ });
  await waiting.waitFor();
  await mailedCode(app, ADDRESS);
  await waiting.press("Enter");
  assert.equal(app.inbox.to(ADDRESS).length, 1, "the button does nothing before the countdown ends");
  app.clock.advance(61);
  await page.clock.fastForward(61_000);
  await press(web, "Send another code");
  await dialog.getByText("Another code is on its way").waitFor();
  await dialog.getByLabel("Six digits").fill(await mailedCode(app, ADDRESS));
  await press(web, "Sign in");
  await view(web, "Your account");
}

for (const [clock, hours] of [["an hour behind", -1], ["an hour ahead", 1]] as const) {
  inEachWindow(
    `another code can be requested when the countdown ends, with a clock ${clock}`,
    (web) => askForAnother(web, hours),
  );
}

inEachWindow(
  "a forgotten password sends a mail, and the page does not show if the account exists",
  async (web) => {
    const { app, page, dialog, url } = web;
    await newProvenPerson(app, ADDRESS);
    const texts = [];
    for (const address of ["nobody@example.test", ADDRESS]) {
      await page.goto(url);
      await press(web, "Use a password");
      await press(web, "I forgot my password");
      await accessible(page);
      await dialog.getByLabel("E-mail address").fill(address);
      await press(web, "Mail me a link");
      await dialog.getByRole("status").filter({ hasText: /\w/ }).waitFor();
      texts.push((await dialog.innerText()).replaceAll(address, "…"));
    }
    assert.equal(texts[0], texts[1]);
    await eventually(
      "the owner has the mail",
      () => app.inbox.to(ADDRESS).some(({ text }) => text.includes("reset")),
    );
    assert.equal(app.inbox.to("nobody@example.test").length, 0);
  },
);

inEachWindow("a guest keeps the account with an e-mail code", async (web) => {
  const { app, page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Continue as a guest");
  await view(web, "Your account");
  await accessible(page);
  await press(web, "Keep this account");
  await view(web, "Keep your account");
  assert.equal(await dialog.getByRole("button", { name: "Continue as a guest" }).count(), 0);
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill(ADDRESS);
  await press(web, "Mail me a code");
  await dialog.getByLabel("Six digits").fill(await mailedCode(app, ADDRESS));
  await press(web, "Sign in");
  await dialog.getByText("Signed in with e-mail code").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Keep this account" }).count(), 0);
});

inEachWindow("a guest keeps the account with a username and a password", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Continue as a guest");
  await press(web, "Keep this account");
  await press(web, "Create an account");
  await dialog.getByLabel("Username").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Create the account");
  await dialog.getByText("Signed in with password").waitFor();
  assert.match(await dialog.innerText(), /^ada$/m);
});

inEachWindow("Google's button opens Google's window and signs in", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  const opened = page.waitForEvent("popup");
  await press(web, "Continue with Google");
  const google = await opened;
  await accessible(google);
  await answerGoogle(google, "ada@gmail.com");
  await view(web, "Your account");
  assert.match(await dialog.innerText(), /ada@gmail\.com[^]*Signed in with Google/);
});

inEachWindow("Google's window still signs in when the button has received a new nonce", async (web) => {
  const { page, dialog, url } = web;
  await page.clock.install();
  await page.goto(url);
  const button = dialog.getByRole("button", { name: "Continue with Google" });
  const opened = page.waitForEvent("popup");
  await button.press("Enter");
  const google = await opened;
  await google.getByLabel("Your address").waitFor();
  for (let renewals = 0; renewals < 2; renewals++) {
    const replaced = await button.elementHandle();
    await page.clock.fastForward("04:00");
    await page.waitForFunction((button) => !button?.isConnected, replaced);
  }
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Continue with Google");
  // Another view and back: the button is created again.
  await press(web, "Use a password");
  await press(web, "Back");
  await button.waitFor();
  await answerGoogle(google, "ada@gmail.com");
  await view(web, "Your account");
});

inEachWindow(
  "Google's button has a valid nonce after the page was in the background",
  async (web) => {
    const { app, page, url } = web;
    await page.goto(url);
    await view(web, "Sign in");
    const button = await page.getByRole("button", { name: "Continue with Google" }).elementHandle();
    await turn(page, true);
    app.clock.advance(6 * 60);
    await turn(page, false);
    await page.waitForFunction((button) => !button?.isConnected, button);
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
    await view(web, "Your account");
  },
);

inEachWindow("after a refused Google token, the user can try again at once", async (web) => {
  const { app, page, dialog, url } = web;
  await page.goto(url);
  for (const isRefused of [true, false]) {
    app.google.switches.idTokens = isRefused ? { alg: "ES256" } : {};
    const opened = page.waitForEvent("popup");
    await press(web, "Continue with Google");
    await answerGoogle(await opened, "ada@gmail.com");
    if (isRefused) await dialog.getByText("Cannot sign in with this Google token").waitFor();
  }
  await view(web, "Your account");
});

inEachWindow("without mail and Google, the dialog does not offer them", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await view(web, "Sign in");
  assert.deepEqual(await dialog.getByRole("button").allInnerTexts(), [
    "×",
    "Use a password",
    "Create an account",
    "Continue as a guest",
  ]);
  await press(web, "Use a password");
  assert.equal(await dialog.getByRole("button", { name: /forgot/ }).count(), 0);
  await press(web, "Create an account");
  assert.equal(await dialog.getByLabel("E-mail address").count(), 0);
}, { env: { SMTP_URL: "", GOOGLE_CLIENT_ID: "", GOOGLE_CLIENT_SECRET: "" } });

inEachWindow("the keyboard reaches everything, and the focus stays in the dialog", async (web) => {
  const { page, dialog, url } = web;
  await page.goto(url);
  await view(web, "Sign in");
  await page.keyboard.press("Escape");
  assert.equal(await dialog.count(), 0);
  await page.getByText("You are not signed in").waitFor();
  await accessible(page);
  await page.getByRole("button", { name: "Sign in" }).press("Enter");
  await view(web, "Sign in");
  // The focus may leave the dialog only to the browser itself.
  for (let press = 0; press < 12; press++) {
    await page.keyboard.press("Tab");
    const inside = await page.evaluate(() =>
      document.activeElement === document.body || document.activeElement?.closest("dialog") !== null
    );
    assert.ok(inside, `after ${press + 1}`);
  }
  await dialog.getByRole("button", { name: "Use a password" }).press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "identifier");
  await dialog.getByRole("button", { name: "Back" }).press("Enter");
  await dialog.getByRole("button", { name: "Create an account" }).press("Enter");
  await page.keyboard.type("ada");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await view(web, "Your account");
  await page.keyboard.press("Escape");
  await page.getByText("You are signed in as ada").waitFor();
});

inEachWindow("a sign-in and a sign-out in one tab are shown in the other", async (web) => {
  const { page, url } = web;
  const other = await page.context().newPage();
  await other.goto(url);
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await registerIn(web, "ada");
  await other.getByRole("heading", { name: "Your account" }).waitFor();
  await other.getByRole("button", { name: "Sign out" }).click();
  await view(web, "Sign in");
});

inEachWindow("the other buttons do not move when Google's button arrives", async (web) => {
  const { app, page, dialog, url } = web;
  const measured = Promise.withResolvers<void>();
  await page.route(`${app.google.url}/**`, async (route) => {
    await measured.promise;
    await route.continue();
  });
  await page.goto(url);
  const below = dialog.getByRole("button", { name: "Use a password" });
  await below.waitFor();
  // The dialog moves while it opens.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  const before = await below.boundingBox();
  measured.resolve();
  await dialog.getByRole("button", { name: "Continue with Google" }).waitFor();
  assert.deepEqual(await below.boundingBox(), before);
});
