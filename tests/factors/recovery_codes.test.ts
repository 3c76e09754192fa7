import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { counted, mailedToken, nextMail, verifyEmail } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  factorsOf,
  proveFactor,
  regenerateCodes,
  removeFactor,
  startStepUp,
  totpAt,
} from "../support/factors.ts";
import { newPerson, PASSWORD, register, signedIn } from "../support/people.ts";

onEachDatabase(
  "a recovery code works once, in any case and without hyphens, also by many requests at once",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { recoveryCodes: [one = "", two = ""] } = await addTotp(app, ada.accessToken);
    const challenges = await Promise.all(Array.from({ length: 6 }, () => challengeOf(app, ada.username)));
    const typed = one.toUpperCase().replaceAll("-", " ");
    const answers = await Promise.all(
      challenges.map(({ id }) => proveFactor(app, id, { recoveryCode: typed })),
    );
    assert.deepEqual(counted(answers), { SignedIn: 1, SECOND_FACTOR_REJECTED: 5 });
    const { id } = await challengeOf(app, ada.username);
    assert.equal((await proveFactor(app, id, { recoveryCode: one })).code, "SECOND_FACTOR_REJECTED");
    const { session, tokens } = await proveFactor(app, id, { recoveryCode: two.replaceAll("-", "") });
    assert.deepEqual([session.assurance, session.amr], ["MULTI", ["pwd", "otp", "mfa"]]);
    const codes = (await factorsOf(app, tokens.accessToken)).find(({ kind }) => kind === "RECOVERY_CODES");
    assert.equal(codes?.remaining, 8);
  },
);

onPglite(
  "the use of a recovery code is mailed to the owner, with a warning when few are left",
  async (database) => {
    await using app = await startApp({ database });
    const [username, email] = ["ada", "ada@example.test"];
    await register(app, { username, email, password: PASSWORD });
    await verifyEmail(app, await mailedToken(app, email));
    const ada = { ...await signedIn(app, username), email };
    const { recoveryCodes } = await addTotp(app, ada.accessToken);
    assert.match((await nextMail(app, ada.email)).subject, /second factor was added/);
    for (const [index, recoveryCode] of recoveryCodes.slice(0, 7).entries()) {
      const { id } = await challengeOf(app, ada.username);
      assert.equal((await proveFactor(app, id, { recoveryCode })).__typename, "SignedIn");
      const { subject, text } = await nextMail(app, ada.email);
      assert.equal(subject, "A recovery code was used");
      assert.match(text, new RegExp(`${9 - index} are left`));
      assert.equal(/Few are left/.test(text), index === 6);
    }
  },
);

onPglite("new recovery codes make the earlier ones void, and need a fresh proof", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { recoveryCodes: [old = ""] } = await addTotp(app, ada.accessToken);
  const { codes } = await regenerateCodes(app, ada.accessToken);
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  const { id } = await challengeOf(app, ada.username);
  assert.equal((await proveFactor(app, id, { recoveryCode: old })).code, "SECOND_FACTOR_REJECTED");
  assert.equal((await proveFactor(app, id, { recoveryCode: codes[0] ?? "" })).__typename, "SignedIn");
  app.clock.advance(601);
  assert.equal((await regenerateCodes(app, ada.accessToken)).code, "STEP_UP_REQUIRED");
  const bob = await newPerson(app);
  assert.equal((await regenerateCodes(app, bob.accessToken)).code, "FACTOR_NOT_FOUND");
});

onPglite(
  "a user who lost the phone signs in with a recovery code and replaces the authenticator",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const lost = await addTotp(app, ada.accessToken);
    app.clock.advance(24 * 3600);
    const { id } = await challengeOf(app, ada.username);
    const { tokens } = await proveFactor(app, id, { recoveryCode: lost.recoveryCodes[0] ?? "" });
    const next = await addTotp(app, tokens.accessToken);
    assert.equal((await removeFactor(app, tokens.accessToken, lost.factor.id)).__typename, "Done");
    const challenge = await challengeOf(app, ada.username);
    const withLost = await proveFactor(app, challenge.id, { totp: totpAt(app, lost.secret) });
    assert.equal(withLost.code, "SECOND_FACTOR_REJECTED");
    const withNew = await proveFactor(app, challenge.id, { totp: totpAt(app, next.secret) });
    assert.equal(withNew.__typename, "SignedIn");
  },
);

onPglite(
  "without codes left, recovery is not offered, and a malformed code uses no attempt",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { secret, recoveryCodes } = await addTotp(app, ada.accessToken);
    const { id } = await challengeOf(app, ada.username);
    for (const recoveryCode of ["", "abcd", "x".repeat(1_000), "uuuu-uuuu-uuuu-uuuu"]) {
      assert.equal((await proveFactor(app, id, { recoveryCode })).code, "INVALID_INPUT");
    }
    await app.services.db.deleteFrom("recovery_codes").execute();
    const next = await challengeOf(app, ada.username);
    assert.deepEqual(next.factors, ["TOTP"]);
    const refused = await proveFactor(app, next.id, { recoveryCode: recoveryCodes[0] ?? "" });
    assert.equal(refused.code, "SECOND_FACTOR_REJECTED");
    const { tokens } = await proveFactor(app, next.id, { totp: totpAt(app, secret) });
    assert.equal((await startStepUp(app, tokens.accessToken)).__typename, "StepUpStarted");
  },
);

onPglite("a recovery code of another user is refused, and stays valid for its owner", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newPerson(app), await newPerson(app)];
  const { recoveryCodes: [recoveryCode = ""] } = await addTotp(app, ada.accessToken);
  await addTotp(app, eve.accessToken);
  const stolen = await proveFactor(app, (await challengeOf(app, eve.username)).id, { recoveryCode });
  assert.equal(stolen.code, "SECOND_FACTOR_REJECTED");
  const own = await proveFactor(app, (await challengeOf(app, ada.username)).id, { recoveryCode });
  assert.equal(own.__typename, "SignedIn");
});
