import assert from "node:assert/strict";
import { onEachDatabase } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { presentToken, signInWithGoogle } from "../support/google_sign_in.ts";
import { eventsAbout } from "../support/callers.ts";
import { codeFor, guest, verifyCode } from "../support/codes.ts";
import { mailedToken, verifyEmail } from "../support/token_kinds.ts";
import { newPerson, PASSWORD, register, signedIn, signIn } from "../support/people.ts";
import { post } from "../support/wire.ts";

type App = Awaited<ReturnType<typeof startGoogleApp>>;

/** Creates a user with a password and this address, verified or not. */
async function withPassword(app: App, email: string, { proven }: { proven: boolean }) {
  const username = email.split("@")[0] ?? "";
  await register(app, { username, email, password: PASSWORD });
  const token = await mailedToken(app, email);
  if (proven) assert.equal(await verifyEmail(app, token), "Done");
  return await signedIn(app, username);
}

const me = async (app: App, token: string) =>
  ((await post(app, "{ viewer { id email methods } }", { token })).data?.["viewer"] ?? null) as
    | { id: string; email: string | null; methods: string[] }
    | null;

onEachDatabase(
  "R27: Google links to an account with the same verified address if Google is authoritative for it",
  async (database) => {
    await using app = await startGoogleApp({ database });
    for (const whom of [{ email: "ada@gmail.com", hd: null }, { email: "eve@corp.test", hd: "corp.test" }]) {
      const { id } = await withPassword(app, whom.email, { proven: true });
      const { user } = await signInWithGoogle(app, { ...whom, email: whom.email.toUpperCase() });
      assert.deepEqual([user.id, user.email], [id, whom.email]);
      assert.deepEqual(user.methods, ["PASSWORD", "EMAIL_CODE", "GOOGLE"]);
      assert.equal((await signIn(app, whom.email)).__typename, "SignedIn", "the password goes on");
      assert.ok((await eventsAbout(app, id)).some(({ type }) => type === "identity.linked"));
    }
  },
);

onEachDatabase("R27: otherwise linking needs a sign-in to the account", async (database) => {
  await using app = await startGoogleApp({ database });
  const cases = [
    { whom: { email: "ada@elsewhere.test", hd: null }, proven: true },
    { whom: { email: "bob@gmail.com", emailVerified: false }, proven: true },
    { whom: { email: "cyd@gmail.com" }, proven: false },
    { whom: { email: "dan@elsewhere.test", hd: null }, proven: false },
  ];
  for (const { whom, proven } of cases) {
    const person = await withPassword(app, whom.email, { proven });
    const refused = await signInWithGoogle(app, whom);
    assert.equal(refused.code, "LINK_REQUIRES_PROOF", whom.email);
    assert.match(refused.actionRequired ?? "", /Sign in to that account/);
    assert.ok(!(await me(app, person.accessToken))?.methods.includes("GOOGLE"));
    const linked = await signInWithGoogle(app, whom, { token: person.accessToken });
    assert.equal(linked.user.id, person.id);
    assert.equal((await signInWithGoogle(app, whom)).user.id, person.id, "and from now on without");
  }
});

onEachDatabase(
  "R27: a code takes back an address from an unverified account; then Google links",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const email = "victim@gmail.com";
    const hijacker = await withPassword(app, email, { proven: false });
    const linked = await signInWithGoogle(app, { email: "mallory@elsewhere.test", hd: null }, {
      token: hijacker.accessToken,
    });
    assert.equal(linked.user.id, hijacker.id);
    assert.equal((await signInWithGoogle(app, { email })).code, "LINK_REQUIRES_PROOF");

    const { id, code } = await codeFor(app, email);
    const owner = await verifyCode(app, id, code);
    assert.deepEqual(owner.user.methods, ["EMAIL_CODE"], "nothing that the hijacker put there is left");
    assert.equal(await me(app, hijacker.accessToken), null);
    assert.equal((await signInWithGoogle(app, { email })).user.id, owner.user.id);
    const mallory = await signInWithGoogle(app, { email: "mallory@elsewhere.test", hd: null });
    assert.notEqual(mallory.user.id, owner.user.id, "the hijacker's Google account leads elsewhere");
  },
);

onEachDatabase("an address for which Google is not authoritative is only a claim", async (database) => {
  await using app = await startGoogleApp({ database });
  const { user } = await signInWithGoogle(app, { email: "ada@elsewhere.test", hd: null });
  assert.deepEqual([user.email, user.emailVerified, user.methods], ["ada@elsewhere.test", false, ["GOOGLE"]]);
  const { id, code } = await codeFor(app, "ada@elsewhere.test");
  const owner = await verifyCode(app, id, code);
  assert.deepEqual(owner.user.methods, ["EMAIL_CODE"], "the owner of the mailbox takes the address over");
});

onEachDatabase(
  "a signed-in user can link Google soon after the sign-in, but no other user's Google account",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const ada = await newPerson(app, "ada");
    const linked = await signInWithGoogle(app, { email: "ada@gmail.com" }, { token: ada.accessToken });
    assert.deepEqual([linked.user.id, linked.user.email, linked.user.emailVerified], [
      ada.id,
      "ada@gmail.com",
      true,
    ]);
    assert.ok(await me(app, ada.accessToken), "the session they came with goes on");

    const bob = await newPerson(app, "bob");
    const taken = await signInWithGoogle(app, { email: "ada@gmail.com" }, { token: bob.accessToken });
    assert.equal(taken.code, "LINK_REQUIRES_PROOF");
    assert.match(taken.actionRequired ?? "", /Sign out/);
    assert.deepEqual((await me(app, bob.accessToken))?.methods, ["PASSWORD"]);

    app.clock.advance(10 * 60 + 1);
    const late = await signInWithGoogle(app, { email: "bob@gmail.com" }, { token: bob.accessToken });
    assert.equal(late.code, "STEP_UP_REQUIRED");
    const own = await signInWithGoogle(app, { email: "ada@gmail.com" }, { token: ada.accessToken });
    assert.equal(own.user.id, ada.id, "signing in again with what is linked takes nothing recent");
  },
);

onEachDatabase(
  "a guest who signs in with Google becomes a new user, or signs in to the existing one",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const first = await guest(app);
    const upgraded = await signInWithGoogle(app, { email: "ada@gmail.com", name: "Ada" }, {
      token: first.tokens.accessToken,
    });
    assert.deepEqual(
      [upgraded.user.id, upgraded.user.isGuest, upgraded.user.name, upgraded.user.state],
      [first.user.id, false, "Ada", "AUTH"],
    );
    assert.equal(await me(app, first.tokens.accessToken), null, "the guest's session has ended");
    const types = (await eventsAbout(app, first.user.id)).map(({ type }) => type);
    for (const type of ["guest.upgraded", "identity.linked", "email.verified", "state.changed"]) {
      assert.ok(types.includes(type), `${type} of ${types}`);
    }

    const second = await guest(app);
    const merged = await signInWithGoogle(app, { email: "ada@gmail.com" }, {
      token: second.tokens.accessToken,
    });
    assert.equal(merged.user.id, upgraded.user.id);
    assert.equal(await me(app, second.tokens.accessToken), null);
    const told = (await eventsAbout(app, upgraded.user.id)).find(({ type }) => type === "guest.merged");
    assert.deepEqual([told?.data["guestId"], told?.data["userId"]], [second.user.id, upgraded.user.id]);

    const third = await guest(app);
    await withPassword(app, "eve@gmail.com", { proven: true });
    const linked = await signInWithGoogle(app, { email: "eve@gmail.com" }, {
      token: third.tokens.accessToken,
    });
    assert.deepEqual(linked.user.methods, ["PASSWORD", "EMAIL_CODE", "GOOGLE"]);
    assert.equal(await me(app, third.tokens.accessToken), null);
  },
);

onEachDatabase("deleting a user deletes the Google identity", async (database) => {
  await using app = await startGoogleApp({ database });
  const { user } = await signInWithGoogle(app, { email: "ada@gmail.com" });
  const token = await app.operatorToken("OPERATE");
  const remove = `mutation ($id: ID!) { deleteUser(userId: $id) { __typename } }`;
  assert.match((await post(app, remove, { token, variables: { id: user.id } })).text, /Done/);
  const again = await presentToken(app, app.google.issueIdToken({ email: "ada@gmail.com" }));
  assert.notEqual(again.user.id, user.id);
});
