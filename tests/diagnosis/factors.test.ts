import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { changePassword, from } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { causeOf, diagnosisOf } from "../support/diagnoses.ts";
import {
  addTotp,
  challengeOf,
  confirmTotp,
  proveFactor,
  regenerateCodes,
  resetFactors,
  signInFirst,
  startStepUp,
  startTotp,
  totpAt,
} from "../support/factors.ts";
import {
  addPasskey,
  newAuthenticator,
  ORIGIN,
  passkeyOptions,
  signInWithPasskey,
  startPasskeySignIn,
} from "../support/passkeys.ts";
import { mutate, newPerson, PASSWORD, signedIn } from "../support/people.ts";

const HOME = "203.0.113.7";
const STRANGER = "198.51.100.66";

/** A user with an authenticator, signed in at `HOME`. */
async function newOwner(app: TestApp) {
  const near = from(app, HOME);
  const person = await newPerson({ ...app, ...near });
  const { secret, recoveryCodes } = await addTotp({ ...app, ...near }, person.accessToken);
  const wrong = totpAt(app, secret, 40);
  return { ...person, near, secret, recoveryCodes, wrong };
}

onEachDatabase(
  "SECOND_FACTOR_REJECTED: a wrong code of the app, until the next sign-in",
  async (database) => {
    await using app = await startApp({ database });
    const { username, near, secret, wrong } = await newOwner(app);
    const { id } = await challengeOf(near, username);
    for (let count = 0; count < 2; count++) await proveFactor(near, id, { totp: wrong });
    const { cause, cure, events } = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
    assert.match(cause, /authenticator app was wrong; .* 2 times from 203\.0\.113\.7; tries left: 3/);
    assert.match(cure, /clock of the phone/);
    assert.equal(events.length, 2);
    assert.equal((await diagnosisOf(app, username)).findings.length, 1, "nothing else");
    await proveFactor(near, id, { totp: totpAt(app, secret) });
    assert.deepEqual((await diagnosisOf(app, username)).findings, []);
  },
);

onPglite(
  "SECOND_FACTOR_REJECTED: the cure for a used code, and for a wrong recovery code",
  async (database) => {
    await using app = await startApp({ database });
    const { username, near, secret, recoveryCodes } = await newOwner(app);
    const totp = totpAt(app, secret);
    await proveFactor(near, (await challengeOf(near, username)).id, { totp });
    const again = await challengeOf(near, username);
    await proveFactor(near, again.id, { totp });
    const used = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
    assert.match(used.cause, /authenticator app had been used/);
    assert.match(used.cure, /^Wait for the next code/);
    const [recoveryCode = ""] = recoveryCodes;
    assert.equal((await proveFactor(near, again.id, { recoveryCode })).__typename, "SignedIn");
    await proveFactor(near, (await challengeOf(near, username)).id, { recoveryCode });
    const spent = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
    assert.match(spent.cause, /recovery code was wrong/);
    assert.match(spent.cure, /another recovery code: each is accepted once/);
  },
);

onPglite("SECOND_FACTOR_REJECTED: a kind that the flow does not accept", async (database) => {
  await using app = await startApp({ database });
  const { username, near } = await newOwner(app);
  const { id } = await challengeOf(near, username);
  await proveFactor(near, id, { passkey: {} });
  const { cause, cure } = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
  assert.match(cause, /passkey is not accepted here/);
  assert.match(cure, /kind that the flow accepts/);
});

onPglite(
  "SECOND_FACTOR_REJECTED: the last try ended the flow, and later codes came too late",
  async (database) => {
    await using app = await startApp({ database });
    const { username, near, secret, wrong } = await newOwner(app);
    const { id } = await challengeOf(near, username);
    for (let count = 0; count < 5; count++) await proveFactor(near, id, { totp: wrong });
    assert.match(
      (await causeOf(app, username, "SECOND_FACTOR_REJECTED")).cure,
      /^Sign in again\. Set the clock/,
    );
    await proveFactor(near, id, { totp: totpAt(app, secret) });
    const { cause, cure } = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
    assert.match(cause, /for a sign-in that had ended before: The second factor was tried too often/);
    assert.equal(cure, "Sign in again");
  },
);

onPglite("SECOND_FACTOR_REJECTED: a new authenticator was not confirmed", async (database) => {
  await using app = await startApp({ database });
  const { username, accessToken } = await newPerson(app);
  const { id, secret } = await startTotp(app, accessToken);
  await confirmTotp(app, accessToken, id, totpAt(app, secret, 40));
  const { cause } = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
  assert.match(cause, /did not confirm a new authenticator/);
  await confirmTotp(app, accessToken, id, totpAt(app, secret));
  assert.deepEqual((await diagnosisOf(app, username)).findings, []);
});

onPglite("SECOND_FACTOR_REJECTED: why a passkey was refused, with and without a flow", async (database) => {
  await using app = await startApp({ database });
  const { username, accessToken } = await newPerson(app);
  const authenticator = newAuthenticator();
  await addPasskey(app, accessToken, authenticator);
  const { id, options } = await startPasskeySignIn(app);
  const elsewhere = authenticator.get(options, "https://evil.test");
  await signInWithPasskey(app, { ceremonyId: id, response: elsewhere });
  const origin = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
  assert.match(origin.cause, /^A passkey was refused: origin$/);
  assert.match(origin.cure, /ALLOWED_ORIGINS, if the page is yours/);
  const flow = await challengeOf(app, username);
  authenticator.behaviour.verifiesUser = false;
  const passkey = authenticator.get(await passkeyOptions(app, flow.id), ORIGIN);
  await proveFactor(app, flow.id, { passkey });
  const unverified = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
  assert.match(unverified.cause, /^The passkey was wrong \(user_verification\)/);
  assert.match(unverified.cure, /fingerprint, face or PIN/);
});

onEachDatabase(
  "SECOND_FACTOR_REJECTED: many wrong codes from elsewhere mean that the password is known, until it is changed",
  async (database) => {
    await using app = await startApp({ database });
    const { username, near, secret, wrong } = await newOwner(app);
    const far = from(app, STRANGER);
    const { id } = await challengeOf(far, username);
    for (let count = 0; count < 5; count++) await proveFactor(far, id, { totp: wrong });
    const own = await challengeOf(near, username);
    const { tokens } = await proveFactor(near, own.id, { totp: totpAt(app, secret) });
    const { cause, cure, events } = await causeOf(app, username, "SECOND_FACTOR_REJECTED");
    assert.match(cause, /tried 5 times from 198\.51\.100\.66, where the user has not signed in/);
    assert.match(cure, /another person knows the password.*change the password/);
    assert.ok(events.every(({ ipAddress }) => ipAddress === STRANGER));
    await changePassword(near, tokens.accessToken, PASSWORD, "a password that only the owner knows");
    const codes = (await diagnosisOf(app, username)).findings.map(({ code }) => code);
    assert.deepEqual(codes, ["SESSION_ENDED"]);
  },
);

onPglite("a stranger with the password does not plant refusals into the diagnosis", async (database) => {
  await using app = await startApp({ database });
  const { username, near } = await newOwner(app);
  // More than a diagnosis reads.
  for (let count = 0; count < 25; count++) await challengeOf(from(app, STRANGER), username);
  const { id } = await challengeOf(near, username);
  const planted = async (address: string) => {
    const text = encodeURIComponent(`https://${address.replaceAll(".", "-")}.example`);
    await from(app, address).fetch(new Request(`http://localhost/embed?origin=${text}`));
  };
  await challengeOf(from(app, STRANGER), username);
  await proveFactor(from(app, STRANGER), id, { totp: "000000" });
  for (const address of [STRANGER, HOME]) await planted(address);
  const { findings } = await diagnosisOf(app, username);
  const causes = findings.filter(({ code }) => code === "ORIGIN_NOT_ALLOWED").map(({ cause }) => cause);
  assert.match(causes.join(), /203-0-113-7/);
  assert.doesNotMatch(causes.join(), /198-51-100-66| 2 times/);
});

onEachDatabase(
  "SECOND_FACTOR_PENDING: the challenge waits, or was not finished in time",
  async (database) => {
    await using app = await startApp({ database });
    const { username, near, secret } = await newOwner(app);
    await challengeOf(near, username);
    const waits = await causeOf(app, username, "SECOND_FACTOR_PENDING");
    assert.match(waits.cause, /^The first step succeeded, and the second factor is not proven yet$/);
    assert.match(waits.cure, /^Finish with the authenticator app or recovery code\. .*reset the factors$/);
    assert.ok(waits.until && new Date(waits.until) > app.clock.now());
    app.clock.advance(11 * 60);
    const late = await causeOf(app, username, "SECOND_FACTOR_PENDING");
    assert.match(late.cause, /was not proven in time/);
    assert.match(late.cure, /^Sign in again, and finish with the authenticator app/);
    const { id } = await challengeOf(near, username);
    await proveFactor(near, id, { totp: totpAt(app, secret) });
    assert.deepEqual((await diagnosisOf(app, username)).findings, []);
  },
);

onPglite("LIMIT_REACHED: wrong codes of several flows; an operator clears the limit", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR: "3" } });
  const { id: userId, username, secret, wrong } = await newOwner(app);
  const far = from(app, STRANGER);
  const { id } = await challengeOf(far, username);
  for (let count = 0; count < 3; count++) await proveFactor(far, id, { totp: wrong });
  const { cause } = await causeOf(app, username, "LIMIT_REACHED");
  assert.match(cause, /from 198\.51\.100\.66: LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR \(3\)/);
  assert.equal((await proveFactor(far, id, { totp: totpAt(app, secret) })).code, "RATE_LIMITED");
  const token = await app.operatorToken("OPERATE");
  await mutate(app, `mutation { clearLimits(identifier: "${userId}") { __typename } }`, { token });
  assert.equal((await proveFactor(far, id, { totp: totpAt(app, secret) })).__typename, "SignedIn");
});

onPglite("STEP_UP_REQUIRED: sign in again, or prove the factor", async (database) => {
  await using app = await startApp({ database });
  const { username, accessToken } = await newPerson(app);
  app.clock.advance(601);
  assert.equal((await startTotp(app, accessToken)).code, "STEP_UP_REQUIRED");
  const old = await causeOf(app, username, "STEP_UP_REQUIRED");
  assert.match(old.cause, /^startTotpEnrolment was refused once, because the last sign-in is too old$/);
  assert.match(old.cure, /^Sign in again/);
  const { accessToken: token } = await signedIn(app, username);
  const { secret } = await addTotp(app, token);
  assert.deepEqual((await diagnosisOf(app, username)).findings, []);
  app.clock.advance(601);
  assert.equal((await regenerateCodes(app, token)).code, "STEP_UP_REQUIRED");
  const unproven = await causeOf(app, username, "STEP_UP_REQUIRED");
  assert.match(unproven.cause, /no fresh proof of a second factor/);
  assert.match(unproven.cure, /startStepUp/);
  const { challenge } = await startStepUp(app, token);
  await proveFactor(app, challenge.id, { totp: totpAt(app, secret) }, { token });
  assert.deepEqual((await diagnosisOf(app, username)).findings, []);
});

onPglite("FACTORS_RESET: by an operator, until a factor is added", async (database) => {
  await using app = await startApp({ database });
  const { id, username } = await newOwner(app);
  await resetFactors(app, await app.operatorToken("OPERATE"), id);
  assert.match((await causeOf(app, username, "FACTORS_RESET")).cause, /removed by operator:operate-/);
  const { tokens } = await signInFirst(app, username);
  assert.equal((await causeOf(app, username, "FACTORS_RESET")).events.length, 1);
  await addTotp(app, tokens.accessToken);
  assert.deepEqual((await diagnosisOf(app, username)).findings, []);
});
