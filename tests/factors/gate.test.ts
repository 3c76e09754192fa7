import assert from "node:assert/strict";
import { ANY_METHODS, type AuthMethod } from "../../src/sign_in/methods.ts";
import { from, mailedToken, nextMail, requestReset, resetPassword, verifyEmail } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  confirmTotp,
  factorsOf,
  proveFactor,
  regenerateCodes,
  removeFactor,
  resetFactors,
  startTotp,
  totpAt,
} from "../support/factors.ts";
import { FIRST_STEPS, type GoogleApp } from "../support/first_steps.ts";
import { startGoogleApp } from "../support/google.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { newPerson, PASSWORD, refresh, register, signedIn, signIn } from "../support/people.ts";
import { addPasskey, newAuthenticator, usePasskey } from "../support/passkeys.ts";
import { post } from "../support/wire.ts";

const OWNER = { username: "ada", email: "ada@gmail.com" };

/** A user with a password, a verified address and Google. */
async function newOwner(app: GoogleApp) {
  await register(app, { ...OWNER, password: PASSWORD });
  assert.equal((await verifyEmail(app, await mailedToken(app, OWNER.email))).__typename, "Done");
  await signInWithGoogle(app, { email: OWNER.email });
  return await signedIn(app, OWNER.username);
}

onEachDatabase("every sign-in method asks for the second factor, from every client", async (database) => {
  await using app = await startGoogleApp({ database });
  const owner = await newOwner(app);
  const methods = ANY_METHODS.map(({ id }) => id as AuthMethod).filter((id) => FIRST_STEPS[id]);
  const { data } = await post(app, "{ viewer { methods } }", { token: owner.accessToken });
  const open = (data?.["viewer"] as { methods: string[] }).methods;
  assert.deepEqual(methods.filter((id) => open.includes(id)), open, "the owner can use every method");
  const clients = { known: app, fresh: from(app, "203.0.113.9") };
  const outcomes = async () => {
    const seen: Record<string, string> = {};
    for (const [client, door] of Object.entries(clients)) {
      for (const method of methods) {
        const step = FIRST_STEPS[method];
        app.clock.advance(61);
        const answer = await step?.(app, OWNER, door);
        seen[`${method} ${client}`] = answer?.code ?? answer?.__typename ?? "no step";
      }
    }
    return seen;
  };
  const all = (outcome: string) =>
    Object.fromEntries(
      Object.keys(clients).flatMap((client) => methods.map((method) => [`${method} ${client}`, outcome])),
    );
  assert.deepEqual(await outcomes(), all("SignedIn"));
  const { secret } = await addTotp(app, (await signedIn(app, OWNER.username)).accessToken);
  assert.deepEqual(await outcomes(), all("SecondFactorRequired"));
  const { id } = await challengeOf(app, OWNER.username);
  const proven = await proveFactor(app, id, { totp: totpAt(app, secret) });
  const authenticator = newAuthenticator();
  await addPasskey(app, proven.tokens.accessToken, authenticator);
  assert.deepEqual(await outcomes(), all("SecondFactorRequired"));
  const byPasskey = await usePasskey(app, authenticator);
  assert.deepEqual([byPasskey.session.method, byPasskey.session.assurance], [
    "PASSKEY",
    "PHISHING_RESISTANT",
  ]);
  const { accessToken } = byPasskey.tokens;
  const totp = (await factorsOf(app, accessToken)).find(({ kind }) => kind === "TOTP");
  assert.equal((await removeFactor(app, accessToken, totp?.id ?? "")).__typename, "Done");
  assert.deepEqual(await outcomes(), all("SecondFactorRequired"), "a passkey alone is required too");
});

onPglite(
  "a reset password does not go around the second factor, nor does the mailbox add tries",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const owner = await newOwner(app);
    const { secret } = await addTotp(app, owner.accessToken);
    const thief = from(app, "203.0.113.9");
    await nextMail(app, OWNER.email);
    await requestReset(thief, OWNER.email);
    await resetPassword(thief, await mailedToken(app, OWNER.email), "another good password");
    const tries: string[] = [];
    for (let count = 0; count < 3; count++) {
      const answer = await challengeOfWith(thief, "another good password");
      for (let left = 0; left < 5; left++) {
        tries.push((await proveFactor(thief, answer, { totp: totpAt(app, secret, 40) })).code ?? "signed in");
      }
    }
    assert.deepEqual([tries.indexOf("RATE_LIMITED"), new Set(tries).size], [10, 2]);
  },
);

async function challengeOfWith(app: Pick<GoogleApp, "fetch">, password: string): Promise<string> {
  const answer = await signIn(app, OWNER.username, password);
  assert.equal(answer.__typename, "SecondFactorRequired");
  const document = `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) {
    ... on SecondFactorRequired { challenge { id } } } }`;
  const input = { identifier: OWNER.username, password };
  const { data } = await post(app, document, { variables: { input } });
  return (data?.["signInWithPassword"] as { challenge: { id: string } }).challenge.id;
}

onPglite(
  "Google is not linked to an account with second factors before they are proven",
  async (database) => {
    await using app = await startGoogleApp({ database });
    await register(app, { ...OWNER, password: PASSWORD });
    await verifyEmail(app, await mailedToken(app, OWNER.email));
    const ada = await signedIn(app, OWNER.username);
    await addTotp(app, ada.accessToken);
    const refused = await signInWithGoogle(app, { email: OWNER.email, name: "Mallory" });
    assert.equal(refused.code, "LINK_REQUIRES_PROOF");
    const { data } = await post(app, "{ viewer { methods name } }", { token: ada.accessToken });
    assert.deepEqual(data?.["viewer"], { methods: ["PASSWORD", "EMAIL_CODE"], name: null });
  },
);

onPglite("a linked session is not fresher than the one it came from", async (database) => {
  await using app = await startGoogleApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const { id } = await challengeOf(app, ada.username);
  const { tokens } = await proveFactor(app, id, { totp: totpAt(app, secret) });
  app.clock.advance(500);
  const linked = await signInWithGoogle(app, { email: "else@gmail.com" }, { token: tokens.accessToken });
  assert.equal(linked.__typename, "SignedIn");
  app.clock.advance(120);
  assert.equal((await regenerateCodes(app, linked.tokens.accessToken)).code, "STEP_UP_REQUIRED");
});

onEachDatabase(
  "the first factor ends all other sessions, and no enrolment begun before goes around it",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const ada = await newPerson(app);
    const thief = await signedIn(app, ada.username);
    const planted = await startTotp(app, thief.accessToken);
    await addTotp(app, ada.accessToken);
    const code = totpAt(app, planted.secret);
    await assert.rejects(confirmTotp(app, thief.accessToken, planted.id, code), /UNAUTHENTICATED/);
    assert.equal((await refresh(app, thief.refreshToken)).code, "SESSION_ENDED");
    assert.equal((await refresh(app, ada.refreshToken)).__typename, "SignedIn");
    assert.deepEqual((await factorsOf(app, ada.accessToken)).map(({ kind }) => kind), [
      "TOTP",
      "RECOVERY_CODES",
    ]);
  },
);

onPglite("adding a factor does not make an older proof fresh", async (database) => {
  await using app = await startGoogleApp({ database });
  const ada = await newPerson(app);
  await addTotp(app, ada.accessToken);
  app.clock.advance(400);
  await addTotp(app, ada.accessToken);
  app.clock.advance(120);
  assert.equal((await startTotp(app, ada.accessToken)).code, "STEP_UP_REQUIRED");
});

onPglite("removing a factor ends the other sessions that proved one of its kind", async (database) => {
  await using app = await startGoogleApp({ database });
  const ada = await newPerson(app);
  const stolen = await addTotp(app, ada.accessToken);
  const { id } = await challengeOf(app, ada.username);
  const thief = await proveFactor(app, id, { totp: totpAt(app, stolen.secret) });
  await addTotp(app, ada.accessToken);
  assert.equal((await removeFactor(app, ada.accessToken, stolen.factor.id)).__typename, "Done");
  assert.equal((await refresh(app, thief.tokens.refreshToken)).code, "SESSION_ENDED");
});

onPglite("wrong codes of a stranger never block a recovery code", async (database) => {
  await using app = await startGoogleApp({ database });
  const ada = await newPerson(app);
  const { secret, recoveryCodes } = await addTotp(app, ada.accessToken);
  const stranger = from(app, "203.0.113.9");
  for (let count = 0; count < 3; count++) {
    const { id } = await challengeOf(stranger, ada.username);
    for (let left = 0; left < 5; left++) await proveFactor(stranger, id, { totp: totpAt(app, secret, 40) });
  }
  const elsewhere = from(app, "198.51.100.7");
  const { id } = await challengeOf(elsewhere, ada.username);
  assert.equal((await proveFactor(elsewhere, id, { totp: totpAt(app, secret) })).code, "RATE_LIMITED");
  const recovered = await proveFactor(elsewhere, id, { recoveryCode: recoveryCodes[0] ?? "" });
  assert.equal(recovered.__typename, "SignedIn");
});

onPglite("factors that an attacker added vanish when the owner proves the address", async (database) => {
  await using app = await startGoogleApp({ database });
  const email = "victim@example.test";
  await register(app, { username: "mallory", email, password: PASSWORD });
  const { id } = await signedIn(app, "mallory");
  await addTotp(app, (await signedIn(app, "mallory")).accessToken);
  const { user, session } = await FIRST_STEPS.EMAIL_CODE!(app, { username: "", email }, app);
  assert.deepEqual([user.id, session.assurance], [id, "SINGLE"]);
  for (const table of ["factors", "recovery_codes", "totp_enrolments"] as const) {
    assert.deepEqual(await app.services.db.selectFrom(table).selectAll().execute(), [], table);
  }
});

onPglite(
  "an operator resets factors: sessions and challenges end, and the user is told by mail",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const owner = await newOwner(app);
    const { secret } = await addTotp(app, owner.accessToken);
    const { id } = await challengeOf(app, OWNER.username);
    assert.equal((await resetFactors(app, await app.operatorToken("READ"), owner.id)).code, "FORBIDDEN");
    assert.equal((await resetFactors(app, owner.accessToken, owner.id)).code, "FORBIDDEN");
    const done = await resetFactors(app, await app.operatorToken("OPERATE"), owner.id);
    assert.equal(done.message, "Removed 2 factors");
    assert.equal((await refresh(app, owner.refreshToken)).code, "SESSION_ENDED");
    assert.equal((await proveFactor(app, id, { totp: totpAt(app, secret) })).code, "SECOND_FACTOR_REJECTED");
    assert.equal((await signIn(app, OWNER.username)).__typename, "SignedIn");
    const mails = [await nextMail(app, OWNER.email), await nextMail(app, OWNER.email)];
    assert.ok(mails.some(({ subject }) => subject === "Your second factors were removed"));
  },
);
