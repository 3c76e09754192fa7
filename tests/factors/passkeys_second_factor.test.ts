import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { startApp, type TestApp } from "../support/app.ts";
import type { SoftwareAuthenticator } from "../support/authenticator.ts";
import { counted, eventsAbout, setDisabled } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  proveFactor,
  removeFactor,
  signInFirst,
  startStepUp,
  totpAt,
} from "../support/factors.ts";
import {
  addPasskey,
  newAuthenticator,
  ORIGIN,
  passkeyOptions,
  signInWithPasskey,
  startPasskeySignIn,
  usePasskey,
} from "../support/passkeys.ts";
import { newPerson, type Person } from "../support/people.ts";
import { post } from "../support/wire.ts";

/** A user with a password and a passkey. */
async function withPasskey(app: TestApp, authenticator = newAuthenticator()) {
  const ada = await newPerson(app);
  const { factor, recoveryCodes } = await addPasskey(app, ada.accessToken, authenticator);
  return { ada, authenticator, factor, recoveryCodes: recoveryCodes ?? [] };
}

/** Answers the flow with a passkey of the authenticator. */
async function answer(
  app: TestApp,
  flowId: string,
  authenticator: SoftwareAuthenticator,
  { origin = ORIGIN, token }: { origin?: string; token?: string } = {},
) {
  const passkey = authenticator.get(await passkeyOptions(app, flowId), origin);
  return await proveFactor(app, flowId, { passkey }, token === undefined ? {} : { token });
}

onEachDatabase("after the password, the passkey signs in and is phishing resistant", async (database) => {
  await using app = await startApp({ database });
  const { ada, authenticator } = await withPasskey(app);
  const challenge = await challengeOf(app, ada.username);
  assert.deepEqual(challenge.factors, ["PASSKEY", "RECOVERY_CODES"]);
  const options = await passkeyOptions(app, challenge.id);
  assert.deepEqual(options.allowCredentials, [{
    id: authenticator.credentials[0]?.id,
    transports: ["internal"],
    type: "public-key",
  }]);
  assert.equal(options.userVerification, "required");
  assert.equal((await passkeyOptions(app, challenge.id)).challenge, options.challenge);
  const { session, tokens } = await answer(app, challenge.id, authenticator);
  assert.deepEqual([session.assurance, session.amr], ["PHISHING_RESISTANT", ["pwd", "pop", "user", "mfa"]]);
  assert.equal(decodeJwt(tokens.accessToken)["acr"], "urn:sallyport:phishing-resistant");
  assert.equal(await passkeyOptions(app, challenge.id), null);
});

onPglite("without a passkey, a challenge has no options for one", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await addTotp(app, ada.accessToken);
  const { id } = await challengeOf(app, ada.username);
  assert.equal(await passkeyOptions(app, id), null);
  const { id: ceremonyId, options } = await startPasskeySignIn(app);
  const stranger = newAuthenticator();
  await addPasskey(app, (await newPerson(app)).accessToken, stranger);
  const passkey = stranger.get(options, ORIGIN);
  assert.equal((await proveFactor(app, id, { passkey })).code, "SECOND_FACTOR_REJECTED");
  assert.equal((await signInWithPasskey(app, { ceremonyId, response: passkey })).__typename, "SignedIn");
});

onPglite("each wrong passkey uses an attempt, and the fifth ends the flow", async (database) => {
  await using app = await startApp({ database });
  const { ada, authenticator } = await withPasskey(app);
  const eve = await withPasskey(app);
  const [own] = authenticator.credentials;
  const [others] = eve.authenticator.credentials;
  assert.ok(own && others);
  const first = await challengeOf(app, ada.username);
  const { id } = await challengeOf(app, ada.username);
  const options = await passkeyOptions(app, id);
  const foreign = newAuthenticator();
  foreign.credentials.push({ ...own, userHandle: others.userHandle });
  const wrong: Record<string, unknown> = {
    origin: authenticator.get(options, "https://evil.test"),
    unknown_credential: eve.authenticator.get({ ...options, allowCredentials: [] }, ORIGIN),
    challenge: authenticator.get(await passkeyOptions(app, first.id), ORIGIN),
    user_handle: foreign.get(options, ORIGIN),
    malformed: { id: own.id },
  };
  for (const [reason, passkey] of Object.entries(wrong)) {
    assert.equal((await proveFactor(app, id, { passkey })).code, "SECOND_FACTOR_REJECTED", reason);
  }
  const late = await proveFactor(app, id, { passkey: authenticator.get(options, ORIGIN) });
  assert.equal(late.code, "SECOND_FACTOR_REJECTED");
  const rejected = (await eventsAbout(app, ada.id)).filter(({ type }) => type === "factor.rejected");
  assert.deepEqual(
    rejected.map(({ data }) => [data["kind"], data["reason"], data["attemptsLeft"]]),
    Object.keys(wrong).map((reason, index) => ["PASSKEY", reason, 4 - index]),
  );
  assert.equal((await answer(app, first.id, authenticator)).__typename, "SignedIn");
});

onEachDatabase("of 20 parallel right answers to one challenge, one signs in", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR: "100" } });
  const { ada, authenticator } = await withPasskey(app);
  const { id } = await challengeOf(app, ada.username);
  const passkey = authenticator.get(await passkeyOptions(app, id), ORIGIN);
  const answers = await Promise.all(Array.from({ length: 20 }, () => proveFactor(app, id, { passkey })));
  assert.deepEqual(counted(answers), { SignedIn: 1, SECOND_FACTOR_REJECTED: 19 });
});

onEachDatabase("an answer that was used signs in nowhere else", async (database) => {
  await using app = await startApp({ database });
  const { ada, authenticator } = await withPasskey(app);
  const { id } = await challengeOf(app, ada.username);
  const passkey = authenticator.get(await passkeyOptions(app, id), ORIGIN);
  assert.equal((await proveFactor(app, id, { passkey })).__typename, "SignedIn");
  const next = await challengeOf(app, ada.username);
  assert.equal((await proveFactor(app, next.id, { passkey })).code, "SECOND_FACTOR_REJECTED");
  const { id: ceremonyId } = await startPasskeySignIn(app);
  const signIn = await signInWithPasskey(app, { ceremonyId, response: passkey });
  assert.equal(signIn.code, "SECOND_FACTOR_REJECTED");
});

onPglite("a counter that goes back warns, and the user signs in", async (database) => {
  await using app = await startApp({ database });
  const { ada, authenticator } = await withPasskey(app);
  const [credential] = authenticator.credentials;
  assert.ok(credential);
  credential.counter = -1;
  const { id } = await challengeOf(app, ada.username);
  assert.equal((await answer(app, id, authenticator)).__typename, "SignedIn");
  const warnings = (await eventsAbout(app, ada.id)).filter(({ type }) => type === "factor.counter_went_back");
  assert.equal(warnings.length, 1);
});

onPglite("a passkey removed while its challenge is open signs in no more", async (database) => {
  await using app = await startApp({ database });
  const { ada, authenticator, factor } = await withPasskey(app);
  const other = newAuthenticator();
  await addPasskey(app, ada.accessToken, other);
  const challenge = await challengeOf(app, ada.username);
  const ceremony = await startPasskeySignIn(app);
  const passkey = authenticator.get(await passkeyOptions(app, challenge.id), ORIGIN);
  assert.equal((await removeFactor(app, ada.accessToken, factor.id)).__typename, "Done");
  assert.equal((await proveFactor(app, challenge.id, { passkey })).code, "SECOND_FACTOR_REJECTED");
  const response = authenticator.get(ceremony.options, ORIGIN);
  const signIn = await signInWithPasskey(app, { ceremonyId: ceremony.id, response });
  assert.equal(signIn.code, "SECOND_FACTOR_REJECTED");
  assert.equal((await answer(app, challenge.id, other)).__typename, "SignedIn");
});

onPglite("a user disabled meanwhile gets no session", async (database) => {
  await using app = await startApp({ database });
  const { ada, authenticator } = await withPasskey(app);
  const { id } = await challengeOf(app, ada.username);
  const passkey = authenticator.get(await passkeyOptions(app, id), ORIGIN);
  await setDisabled(app, await app.operatorToken(), ada.id, true);
  assert.equal((await proveFactor(app, id, { passkey })).code, "SECOND_FACTOR_REJECTED");
  assert.equal((await usePasskey(app, authenticator)).code, "ACCOUNT_DISABLED");
});

onEachDatabase(
  "a step-up requires the passkey of a user who has one, also beside an app",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { secret } = await addTotp(app, ada.accessToken);
    const authenticator = newAuthenticator();
    const { factor } = await addPasskey(app, ada.accessToken, authenticator);
    const first = await challengeOf(app, ada.username);
    assert.deepEqual(first.factors, ["PASSKEY", "TOTP", "RECOVERY_CODES"]);
    const { tokens: { accessToken: token }, session } = await proveFactor(app, first.id, {
      totp: totpAt(app, secret),
    });
    assert.equal((await removeFactor(app, token, factor.id)).code, "STEP_UP_REQUIRED");
    const { challenge } = await startStepUp(app, token);
    assert.deepEqual(challenge.factors, ["PASSKEY", "RECOVERY_CODES"]);
    app.clock.advance(60);
    const weak = await proveFactor(app, challenge.id, { totp: totpAt(app, secret) }, { token });
    assert.equal(weak.code, "SECOND_FACTOR_REJECTED");
    const raised = await answer(app, challenge.id, authenticator, { token });
    assert.equal(raised.session.id, session.id);
    assert.equal(raised.session.assurance, "PHISHING_RESISTANT");
    assert.equal((await removeFactor(app, token, factor.id)).__typename, "Done");
  },
);

onPglite("a user who lost the passkey signs in with a recovery code and replaces it", async (database) => {
  await using app = await startApp({ database });
  const { ada, factor, recoveryCodes: [recoveryCode = ""] } = await withPasskey(app);
  app.clock.advance(24 * 3600);
  const { id } = await challengeOf(app, ada.username);
  const { tokens: { accessToken: token }, session } = await proveFactor(app, id, { recoveryCode });
  assert.equal(session.assurance, "MULTI");
  const next = newAuthenticator();
  await addPasskey(app, token, next);
  assert.equal((await removeFactor(app, token, factor.id)).__typename, "Done");
  const challenge = await challengeOf(app, ada.username);
  assert.equal((await answer(app, challenge.id, next)).__typename, "SignedIn");
});

onPglite("other users and signed-out callers see neither the flow nor its options", async (database) => {
  await using app = await startApp({ database });
  const { ada } = await withPasskey(app);
  const { id } = await challengeOf(app, ada.username);
  const [plain = ""] = id.split(".");
  const read = async (token?: string) => {
    const document = "query ($id: ID!) { flow(id: $id) { ... on SecondFactorFlow { passkeyOptions } } }";
    const { data } = await post(app, document, { variables: { id: plain }, ...(token && { token }) });
    return data?.["flow"] ?? null;
  };
  assert.equal(await read(), null);
  assert.equal(await read((await newPerson(app)).accessToken), null);
});

onPglite("after the passkey is the user's only factor no more, the password is enough", async (database) => {
  await using app = await startApp({ database });
  const { ada, factor }: { ada: Person; factor: { id: string } } = await withPasskey(app);
  assert.equal((await removeFactor(app, ada.accessToken, factor.id)).__typename, "Done");
  assert.equal((await signInFirst(app, ada.username)).__typename, "SignedIn");
});
