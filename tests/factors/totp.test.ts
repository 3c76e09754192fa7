import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { startApp } from "../support/app.ts";
import { counted, eventsAbout } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  confirmTotp,
  factorsOf,
  proveFactor,
  signInFirst,
  startTotp,
  totpAt,
} from "../support/factors.ts";
import { newPerson, refresh, signedIn, viewerOf } from "../support/people.ts";

onEachDatabase(
  "with an authenticator, a password gives a challenge and the code gives the session",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { secret, factor, recoveryCodes } = await addTotp(app, ada.accessToken);
    assert.deepEqual([factor.kind, factor.name, recoveryCodes.length], ["TOTP", "Authenticator app", 10]);

    const first = await signInFirst(app, ada.username);
    assert.equal(first.__typename, "SecondFactorRequired");
    assert.equal(first.tokens, undefined);
    const { challenge } = first;
    assert.deepEqual([challenge.status, challenge.attemptsLeft], ["WAITING", 5]);
    assert.deepEqual(challenge.factors, ["TOTP", "RECOVERY_CODES"]);

    const { session, tokens } = await proveFactor(app, challenge.id, { totp: totpAt(app, secret) });
    assert.deepEqual([session.method, session.assurance], ["PASSWORD", "MULTI"]);
    assert.deepEqual(session.amr, ["pwd", "otp", "mfa"]);
    assert.equal(await viewerOf(app, tokens.accessToken), ada.username);
    const claims = decodeJwt(tokens.accessToken);
    assert.deepEqual([claims["acr"], claims["amr"]], ["urn:sallyport:multi", ["pwd", "otp", "mfa"]]);
    const renewed = await refresh(app, tokens.refreshToken);
    assert.equal(decodeJwt(renewed.tokens.accessToken)["acr"], "urn:sallyport:multi");
    const used = (await factorsOf(app, tokens.accessToken)).find(({ kind }) => kind === "TOTP");
    assert.ok(used?.lastUsedAt);
    const types = (await eventsAbout(app, ada.id)).map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => /factor|recovery|flow/.test(type)),
      ["factor.added", "recovery_codes.generated", "flow.started", "factor.used", "flow.succeeded"],
    );
  },
);

onEachDatabase(
  "a code is accepted once, also by many requests at once and in another flow",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { secret } = await addTotp(app, ada.accessToken);
    const code = totpAt(app, secret);
    const challenge = await challengeOf(app, ada.username);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => proveFactor(app, challenge.id, { totp: code })),
    );
    assert.deepEqual(counted(answers), { SignedIn: 1, SECOND_FACTOR_REJECTED: 7 });
    const other = await challengeOf(app, ada.username);
    assert.equal((await proveFactor(app, other.id, { totp: code })).code, "SECOND_FACTOR_REJECTED");
    assert.equal((await proveFactor(app, other.id, { totp: totpAt(app, secret, 1) })).__typename, "SignedIn");
  },
);

onPglite("codes of the step before and after are accepted, and no others", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  app.clock.advance(300);
  for (const [steps, expected] of [[-2, false], [2, false], [-1, true], [0, true], [1, true]] as const) {
    const { id } = await challengeOf(app, ada.username);
    const answer = await proveFactor(app, id, { totp: totpAt(app, secret, steps) });
    assert.equal(answer.__typename === "SignedIn", expected, `${steps} steps`);
  }
});

onPglite(
  "the window follows an authenticator whose clock is a step behind, and stays three steps wide",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { secret } = await addTotp(app, ada.accessToken);
    const tryAt = async (steps: number) => {
      app.clock.advance(300);
      const { id } = await challengeOf(app, ada.username);
      return (await proveFactor(app, id, { totp: totpAt(app, secret, steps) })).__typename === "SignedIn";
    };
    assert.deepEqual([await tryAt(-1), await tryAt(-1)], [true, true]);
    assert.deepEqual([await tryAt(-2), await tryAt(1), await tryAt(0)], [true, false, true]);
  },
);

onPglite(
  "a code may be typed with spaces, hyphens and full-width digits; another text uses no attempt",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { secret } = await addTotp(app, ada.accessToken);
    const { id } = await challengeOf(app, ada.username);
    for (const totp of ["", "12345", "1234567", "12345a", "１２３", "1".repeat(10_000)]) {
      const answer = await proveFactor(app, id, { totp });
      assert.equal(answer.code, "INVALID_INPUT", totp.slice(0, 10));
    }
    assert.equal((await proveFactor(app, id, {})).code, "INVALID_INPUT");
    assert.equal((await proveFactor(app, id, { totp: "123456", recoveryCode: "x" })).code, "INVALID_INPUT");
    const wide = [...totpAt(app, secret)].map((digit) => String.fromCodePoint(0xFF10 + Number(digit))).join(
      "",
    );
    const typed = `${wide.slice(0, 3)} -${wide.slice(3)} `;
    assert.equal((await proveFactor(app, id, { totp: typed })).__typename, "SignedIn");
  },
);

onPglite("five wrong codes end the flow, and the account's limit counts over all flows", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const wrong = totpAt(app, secret, 40);
  const { id } = await challengeOf(app, ada.username);
  for (let left = 4; left >= 0; left--) {
    assert.equal((await proveFactor(app, id, { totp: wrong })).code, "SECOND_FACTOR_REJECTED");
  }
  assert.equal((await proveFactor(app, id, { totp: totpAt(app, secret) })).code, "SECOND_FACTOR_REJECTED");
  const second = await challengeOf(app, ada.username);
  for (let count = 0; count < 5; count++) await proveFactor(app, second.id, { totp: wrong });
  const third = await challengeOf(app, ada.username);
  const limited = await proveFactor(app, third.id, { totp: totpAt(app, secret) });
  assert.equal(limited.code, "RATE_LIMITED");
});

onPglite("an enrolment counts after a right code, and only in its own session", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newPerson(app), await newPerson(app)];
  const enrolment = await startTotp(app, ada.accessToken);
  assert.match(enrolment.otpauthUri, /^otpauth:\/\/totp\/[^?]+\?issuer=.*secret=[A-Z2-7]{32}/);
  assert.match(enrolment.qrCode, /^<svg /);
  const code = totpAt(app, enrolment.secret);
  assert.equal((await signInFirst(app, ada.username)).__typename, "SignedIn");
  assert.equal((await confirmTotp(app, eve.accessToken, enrolment.id, code)).code, "SECOND_FACTOR_REJECTED");
  for (const bad of ["000000", "nonsense", "crm_x"]) {
    assert.equal((await confirmTotp(app, ada.accessToken, enrolment.id, bad)).code, "SECOND_FACTOR_REJECTED");
  }
  assert.equal((await confirmTotp(app, ada.accessToken, enrolment.id, code)).__typename, "FactorAdded");
  assert.equal((await confirmTotp(app, ada.accessToken, enrolment.id, code)).code, "SECOND_FACTOR_REJECTED");
  assert.deepEqual((await factorsOf(app, eve.accessToken)).length, 0);
});

onPglite("an enrolment ends after five wrong codes and after ten minutes", async (database) => {
  await using app = await startApp({ database });
  let ada = await newPerson(app);
  const first = await startTotp(app, ada.accessToken);
  for (let count = 0; count < 5; count++) {
    await confirmTotp(app, ada.accessToken, first.id, totpAt(app, first.secret, 40));
  }
  const late = await confirmTotp(app, ada.accessToken, first.id, totpAt(app, first.secret));
  assert.equal(late.code, "SECOND_FACTOR_REJECTED");
  const second = await startTotp(app, ada.accessToken);
  app.clock.advance(601);
  ada = await signedIn(app, ada.username);
  const expired = await confirmTotp(app, ada.accessToken, second.id, totpAt(app, second.secret));
  assert.equal(expired.code, "SECOND_FACTOR_REJECTED");
});

onPglite("two devices can enrol at once, and each of them signs in", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const [one, two] = [await startTotp(app, ada.accessToken), await startTotp(app, ada.accessToken)];
  const added = await Promise.all(
    [one, two].map(({ id, secret }) => confirmTotp(app, ada.accessToken, id, totpAt(app, secret))),
  );
  assert.deepEqual(added.map(({ factor }) => factor.name).sort(), [
    "Authenticator app",
    "Authenticator app 2",
  ]);
  assert.equal(added.filter(({ recoveryCodes }) => recoveryCodes !== null).length, 1);
  app.clock.advance(60);
  for (const { secret } of [one, two]) {
    const { id } = await challengeOf(app, ada.username);
    assert.equal((await proveFactor(app, id, { totp: totpAt(app, secret) })).__typename, "SignedIn");
  }
});
