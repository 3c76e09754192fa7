import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { type Browser, newBrowser, OWN_ORIGIN, signInWithCookie } from "../support/browser.ts";
import {
  changePassword,
  counted,
  from,
  requestReset,
  resetPassword,
  setDisabled,
} from "../support/callers.ts";
import { guest, mailedCode, requestCode, verifyCode, wrongCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { linksTo, openPage } from "../support/link_pages.ts";
import { newPerson, PASSWORD, register, signIn } from "../support/people.ts";
import { signOut } from "../support/sessions.ts";
import { newOwner } from "../support/token_kinds.ts";
import { ask, post } from "../support/wire.ts";

const LIMITED = "RATE_LIMITED";
const WRONG = "INVALID_CREDENTIALS";
const DAY = 24 * 60 * 60;

/** Documentation addresses (RFC 3849), a new network each time. */
let strangers = 0;
const elsewhere = () => `2001:db8:${(strangers++).toString(16)}::1`;
const stranger = (app: TestApp) => from(app, elsewhere());

type Owner = { username: string; email: string };

const start = (database: Parameters<typeof startApp>[0]) => startApp({ ...database });

async function usePasswordsUp(app: TestApp, { username }: Pick<Owner, "username">): Promise<void> {
  await times(10, () => signIn(stranger(app), username, "wrong password"));
  assert.equal((await signIn(stranger(app), username)).code, LIMITED);
}

/** Uses up all limits of the account that a stranger can use up. Returns the texts of the mails to the owner. */
async function useAllUp(app: TestApp, owner: Owner): Promise<string[]> {
  await usePasswordsUp(app, owner);
  await times(10, () => signIn(stranger(app), owner.email, "wrong password"));
  const codes = await times(11, () => requestCode(stranger(app), owner.email));
  const resets = await times(11, () => requestReset(stranger(app), owner.email));
  assert.deepEqual([counted(codes)[LIMITED], counted(resets)[LIMITED]], [1, 1]);
  const texts = [];
  for (let index = 0; index < 20; index++) texts.push((await app.inbox.next(owner.email)).text);
  return texts;
}

const deviceLinks = (texts: readonly string[]) =>
  texts.flatMap(linksTo).filter((link) => link.includes("/trust-device#"));

const tokenOf = (link: string | undefined) =>
  new URLSearchParams(new URL(link ?? "").hash.slice(1)).get("token") ?? "";

/** Sends the request that the button of the page sends. */
function trust(page: Pick<Browser, "fetch">, token: string, headers: Record<string, string> = {}) {
  return ask(
    page,
    new Request(`${OWN_ORIGIN}/trust-device`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ token }),
    }),
  );
}

/** The value of the browser's device cookie. */
function deviceOf(browser: Browser): string {
  const [, value = ""] = /(?:^|; )sallyport-device=([^;]*)/.exec(browser.cookie() ?? "") ?? [];
  return value;
}

/** A page of our origin with this device cookie, from an unknown network. */
function withDevice(app: TestApp, value: string, headers: Record<string, string> = { origin: OWN_ORIGIN }) {
  return {
    fetch: (request: Request) => {
      const sent = new Request(request);
      const all = { ...headers, cookie: `sallyport-device=${value}` };
      for (const [name, text] of Object.entries(all)) sent.headers.set(name, text);
      return stranger(app).fetch(sent);
    },
  };
}

/** Whether a sign-in with this cookie succeeds while strangers use up the account's limits. */
const letsIn = async (app: TestApp, value: string, username: string) =>
  (await signIn(withDevice(app, value), username)).__typename === "SignedIn";

/** Creates a browser in which the user has signed in. */
async function knownBrowser(app: TestApp, username: string): Promise<Browser> {
  const browser = newBrowser(app);
  assert.equal((await signInWithCookie(from(browser, elsewhere()), username)).__typename, "SignedIn");
  assert.notEqual(deviceOf(browser), "");
  return browser;
}

onEachDatabase("R55: a known browser can sign in from any network during an attack", async (database) => {
  await using app = await start({ database });
  const ada = await newOwner(app, { proven: true });
  const browser = await knownBrowser(app, ada.username);
  await signOut(browser, "");
  assert.notEqual(deviceOf(browser), "", "the end of a session forgets no device");
  await useAllUp(app, ada);
  const away = from(browser, elsewhere());
  assert.equal((await requestCode(away, ada.email)).__typename, "EmailCodeSent");
  assert.equal((await requestReset(away, ada.email)).__typename, "Done");
  // The device has a reserve of ten attempts.
  for (const name of [ada.email, ada.username]) {
    const answers = await times(11, () => signIn(away, name, "wrong password"));
    assert.deepEqual(counted(answers), { [WRONG]: 10, [LIMITED]: 1 });
  }
  app.clock.advance(15 * 60 + 1);
  await usePasswordsUp(app, ada);
  assert.equal((await signInWithCookie(away, ada.username)).__typename, "SignedIn");
});

onEachDatabase("R55: a known browser has a reserve after strangers used up the codes", async (database) => {
  await using app = await start({ database });
  const ada = await newOwner(app, { proven: true });
  const browser = from(await knownBrowser(app, ada.username), elsewhere());
  const flows = [];
  for (let index = 0; index < 5; index++) {
    const { flow } = await requestCode(stranger(app), ada.email);
    flows.push({ id: flow.id, code: await mailedCode(app, ada.email) });
  }
  const [last, ...spent] = flows.reverse();
  for (const { id, code } of spent) {
    await times(5, () => verifyCode(stranger(app), id, wrongCode(code)));
  }
  assert.ok(last);
  assert.equal((await verifyCode(stranger(app), last.id, last.code)).code, LIMITED);
  assert.equal((await verifyCode(browser, last.id, last.code)).__typename, "SignedIn");
});

onEachDatabase(
  "R55: an owner without a known device or network gets in by the link in the mails that strangers requested",
  async (database) => {
    await using app = await start({ database });
    const ada = await newOwner(app, { proven: true });
    const links = deviceLinks(await useAllUp(app, ada));
    assert.equal(links.length, 10, "half of the codes' mails and of the resets' mails");
    const browser = newBrowser(app);
    const away = from(browser, elsewhere());
    assert.equal((await signIn(away, ada.username)).code, LIMITED);
    assert.equal((await requestCode(away, ada.email)).code, LIMITED);
    assert.equal((await requestReset(away, ada.email)).code, LIMITED);

    const page = await openPage(browser, "/trust-device");
    assert.match(page, /<button class="primary">Use this browser<\/button>/);
    assert.equal(browser.cookie(), undefined, "opening the page changes nothing");
    const trusted = await trust(away, tokenOf(links[9]));
    assert.equal(trusted.status, 200);
    assert.equal((await requestCode(away, ada.email)).__typename, "EmailCodeSent");
    assert.equal((await requestReset(away, ada.email)).__typename, "Done");
    // Strangers continue, and the owner mistypes.
    await times(20, () => signIn(stranger(app), ada.username, "wrong password"));
    await times(9, () => signIn(away, ada.username, "wrong password"));
    assert.equal((await signIn(away, ada.username)).__typename, "SignedIn");
    // Using the same link again gives the same reserve.
    await usePasswordsUp(app, ada);
    await times(10, () => signIn(away, ada.username, "wrong password"));
    const again = newBrowser(app);
    await trust(again, tokenOf(links[9]));
    assert.equal(deviceOf(again), deviceOf(browser));
    assert.equal((await signIn(again, ada.username)).code, LIMITED);
  },
);

onPglite("R55: a mail contains the link once the attempts for codes are used up", async (database) => {
  await using app = await start({ database, env: { LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR: "5" } });
  const next = async () => {
    const { flow } = await requestCode(stranger(app), "eve@example.test");
    const { text, subject } = await app.inbox.next("eve@example.test");
    return { id: flow.id, code: subject.slice(0, 6), links: deviceLinks([text]) };
  };
  const first = await next();
  assert.deepEqual(first.links, []);
  await times(5, () => verifyCode(stranger(app), first.id, wrongCode(first.code)));
  const { id, code, links: [link] } = await next();
  assert.equal((await verifyCode(stranger(app), id, code)).code, LIMITED);
  const browser = newBrowser(app);
  assert.equal((await trust(browser, tokenOf(link))).status, 200);
  // The address has no account yet. The link works all the same.
  assert.equal((await verifyCode(browser, id, code)).__typename, "SignedIn");
});

onEachDatabase(
  "R55: a device mark works for its user only, unmodified, until it expires or is invalidated",
  async (database) => {
    await using app = await start({ database });
    const ada = await newOwner(app, { proven: true });
    const bob = await newPerson(app, "bob");
    const mark = deviceOf(await knownBrowser(app, ada.username));
    const bobs = deviceOf(await knownBrowser(app, bob.username));
    const links = deviceLinks(await useAllUp(app, ada));
    const token = tokenOf(links[0]);
    const forged = [
      "",
      bobs,
      mark.slice(0, -1),
      mark.slice(1),
      `${mark.startsWith("A") ? "B" : "A"}${mark.slice(1)}`,
      // The mark of a link does not work as a cookie.
      token.split(".")[0] ?? "",
      `${"x.".repeat(5)}${mark}`,
    ];
    for (const value of forged) assert.equal(await letsIn(app, value, ada.username), false, value);
    for (const wrong of [token.replace("@", "@x"), token.slice(1), `${mark}.${ada.email}`, "", "x"]) {
      const { status, headers } = await trust(newBrowser(app), wrong);
      assert.deepEqual([status, headers.getSetCookie()], [400, []], wrong);
    }
    assert.equal(await letsIn(app, `${bobs}.${mark}`, ada.username), true);

    app.clock.advance(DAY + 1);
    assert.equal((await trust(newBrowser(app), token)).status, 400, "a link is valid for a day");
    app.clock.advance(363 * DAY);
    await usePasswordsUp(app, ada);
    assert.equal(await letsIn(app, mark, ada.username), true);
    app.clock.advance(2 * DAY);
    await usePasswordsUp(app, ada);
    assert.equal(await letsIn(app, mark, ada.username), false, "a mark is valid for a year");
  },
);

onEachDatabase("R55: ending sessions for safety invalidates the user's devices", async (database) => {
  await using app = await start({ database });
  const operator = await app.operatorToken("OPERATE");
  const ways: Record<string, (ada: Owner & { id: string; accessToken: string }) => Promise<unknown>> = {
    "a changed password": (ada) => changePassword(app, ada.accessToken, PASSWORD, PASSWORD),
    "a disabled account": async (ada) => {
      await setDisabled(app, operator, ada.id, true);
      await setDisabled(app, operator, ada.id, false);
    },
    "the end of all other sessions": (ada) =>
      post(app, "mutation { revokeOtherSessions { __typename } }", { token: ada.accessToken }),
  };
  for (const [what, forget] of Object.entries(ways)) {
    const ada = await newOwner(app, { proven: true });
    const mark = deviceOf(await knownBrowser(app, ada.username));
    app.clock.advance(1);
    await forget(ada);
    await usePasswordsUp(app, ada);
    assert.equal(await letsIn(app, mark, ada.username), false, what);
  }
});

onEachDatabase(
  "R55: a password reset invalidates all devices but its own, and earlier links",
  async (database) => {
    await using app = await start({ database });
    const ada = await newOwner(app, { proven: true });
    const before = deviceOf(await knownBrowser(app, ada.username));
    const texts = await useAllUp(app, ada);
    const [link] = deviceLinks(texts);
    const reset = texts.flatMap(linksTo).find((url) => url.includes("/reset-password#"));
    app.clock.advance(1);
    const browser = newBrowser(app);
    assert.equal((await resetPassword(browser, tokenOf(reset), PASSWORD)).__typename, "Done");
    await usePasswordsUp(app, ada);
    assert.equal(await letsIn(app, before, ada.username), false);
    const other = newBrowser(app);
    assert.equal((await trust(other, tokenOf(link))).status, 200);
    assert.equal(await letsIn(app, deviceOf(other), ada.username), false);
    assert.equal(await letsIn(app, deviceOf(browser), ada.username), true);
  },
);

onPglite("R42: pages of other sites can neither use up nor set a device cookie", async (database) => {
  await using app = await start({ database });
  const ada = await newOwner(app, { proven: true });
  const mark = deviceOf(await knownBrowser(app, ada.username));
  const links = deviceLinks(await useAllUp(app, ada));
  for (const headers of [{ origin: "https://evil.test" }, { origin: "null" }, {}]) {
    const page = withDevice(app, mark, headers as Record<string, string>);
    const answers = await times(12, () => signIn(page, ada.username, "wrong password"));
    assert.deepEqual(counted(answers), { [LIMITED]: 12 });
    const { status, headers: answered } = await trust(
      app,
      tokenOf(links[0]),
      headers as Record<string, string>,
    );
    assert.deepEqual([status, answered.getSetCookie()], [403, []]);
  }
  const form = await ask(
    app,
    new Request(`${OWN_ORIGIN}/trust-device`, {
      method: "POST",
      headers: { origin: OWN_ORIGIN, "content-type": "text/plain" },
      body: JSON.stringify({ token: tokenOf(links[0]) }),
    }),
  );
  assert.deepEqual([form.status, form.headers.getSetCookie()], [403, []]);
  const own = await times(10, () => signIn(withDevice(app, mark), ada.username, "wrong password"));
  assert.deepEqual(counted(own), { [WRONG]: 10 });
});

onPglite(
  "R42: the device cookie is HttpOnly, for this host, for a year, and has one mark per user",
  async (database) => {
    await using app = await start({ database, env: { PUBLIC_URL: "https://auth.example.test" } });
    const names = ["ada", "bob", "cyd", "dan", "eve", "fay"];
    for (const username of names) await register(app, { username, password: PASSWORD });
    const browser = newBrowser(app, "https://auth.example.test");
    const sets: string[] = [];
    const watching = {
      fetch: async (request: Request) => {
        const response = await browser.fetch(request);
        sets.push(...response.headers.getSetCookie().filter((set) => set.includes("-device=")));
        return response;
      },
    };
    for (const name of ["ada", "bob", "ada"]) await signInWithCookie(watching, name);
    const year = /^__Host-sallyport-device=([\w.-]+); Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=(.+)$/;
    const marks = sets.map((set) => year.exec(set)?.[1]?.split(".") ?? assert.fail(set));
    const ends = Date.parse(year.exec(sets[0] ?? "")?.[2] ?? "");
    assert.ok(Math.abs(ends - app.clock.now().getTime() - 365 * DAY * 1000) < 60_000);
    assert.deepEqual(marks.map(({ length }) => length), [1, 2, 2]);
    assert.equal(marks[1]?.[1], marks[0]?.[0]);
    assert.equal(marks[2]?.[1], marks[1]?.[0], "another user's mark stays byte for byte");
    assert.notEqual(marks[2]?.[0], marks[0]?.[0]);
    assert.doesNotMatch(sets.join(), /usr_/);
    for (const name of names) await signInWithCookie(watching, name);
    assert.equal(year.exec(sets.at(-1) ?? "")?.[1]?.split(".").length, 5);

    sets.length = 0;
    await signIn(watching, "ada");
    await guest(watching);
    assert.deepEqual(sets, [], "neither tokens nor guests have one");
  },
);

onPglite("R14: changing the password in a known browser keeps that browser known", async (database) => {
  await using app = await start({ database });
  const ada = await newOwner(app, { proven: true });
  const browser = await knownBrowser(app, ada.username);
  const other = deviceOf(await knownBrowser(app, ada.username));
  app.clock.advance(1);
  const before = deviceOf(browser);
  assert.equal((await changePassword(browser, "", PASSWORD, PASSWORD)).__typename, "Done");
  assert.notEqual(deviceOf(browser), before);
  await usePasswordsUp(app, ada);
  for (const old of [before, other]) assert.equal(await letsIn(app, old, ada.username), false);
  assert.equal(await letsIn(app, deviceOf(browser), ada.username), true);
});
