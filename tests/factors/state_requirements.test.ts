import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { nextMail } from "../support/callers.ts";
import { codeFor } from "../support/codes.ts";
import { onEachDatabase } from "../support/databases.ts";
import {
  addTotp,
  OUTCOME,
  proveFactor,
  type SecondFactorAnswer,
  startStepUp,
  totpAt,
} from "../support/factors.ts";
import { addPasskey, newAuthenticator, ORIGIN, passkeyOptions } from "../support/passkeys.ts";
import { mutate, refresh, type Tokens } from "../support/people.ts";
import { newProvenPerson, requirementsOf, transition, walk } from "../support/states.ts";

/** Signs in with a mailed code and the authenticator, and returns the access token. */
async function signInWithTotp(app: TestApp, email: string, secret: string): Promise<string> {
  app.clock.advance(61);
  const { id, code } = await codeFor(app, email);
  const { challenge } = await mutate<SecondFactorAnswer>(
    app,
    `mutation ($input: VerifyEmailCodeInput!) { verifyEmailCode(input: $input) { ${OUTCOME} } }`,
    { variables: { input: { flowId: id, code } } },
  );
  return (await proveFactor(app, challenge.id, { totp: totpAt(app, secret) })).tokens.accessToken;
}

/** A new access token, which says what the session has proven by now. */
async function newToken(app: TestApp, { refreshToken }: Pick<Tokens, "refreshToken">): Promise<string> {
  return (await refresh(app, refreshToken)).tokens.accessToken;
}

/** Asserts that the state is refused because of this requirement alone. */
async function assertRefused(app: TestApp, token: string, requirement: string) {
  const { requirements } = await requirementsOf(app, "PAYMENT", token);
  const unmet = Object.keys(requirements).filter((name) => !requirements[name]);
  assert.deepEqual(unmet, [requirement]);
  const refused = await transition(app, token, "PAYMENT");
  assert.equal(refused.__typename, "RequirementsNotMetError");
  assert.deepEqual(refused.missing.map(({ name }) => name), [requirement]);
}

onEachDatabase(
  "a state that requires a second factor needs a session that has proven one",
  async (database) => {
    await using app = await startApp({
      database,
      env: { STATE_REQUIREMENTS: "PAYMENT=verified_email,second_factor" },
    });
    const { accessToken, refreshToken, email } = await newProvenPerson(app);
    await assertRefused(app, accessToken, "second_factor");
    const { secret } = await addTotp(app, accessToken);
    await nextMail(app, email);
    const proven = await newToken(app, { refreshToken });
    assert.deepEqual(await walk(app, proven, "PAYMENT", "AUTH"), ["PAYMENT", "AUTH"]);
    const later = await signInWithTotp(app, email, secret);
    assert.deepEqual(await walk(app, later, "PAYMENT"), ["PAYMENT"]);
  },
);

onEachDatabase("a state that requires a passkey needs a session that has proven one", async (database) => {
  await using app = await startApp({
    database,
    env: { STATE_REQUIREMENTS: "PAYMENT=verified_email,phishing_resistant" },
  });
  const { accessToken, refreshToken, email } = await newProvenPerson(app);
  await assertRefused(app, accessToken, "phishing_resistant");
  const { secret } = await addTotp(app, accessToken);
  await nextMail(app, email);
  const first = await refresh(app, refreshToken);
  await assertRefused(app, first.tokens.accessToken, "phishing_resistant");
  const authenticator = newAuthenticator();
  await addPasskey(app, first.tokens.accessToken, authenticator);
  await nextMail(app, email);
  const proven = await newToken(app, first.tokens);
  assert.deepEqual(await walk(app, proven, "PAYMENT", "AUTH"), ["PAYMENT", "AUTH"]);

  const weaker = await signInWithTotp(app, email, secret);
  await assertRefused(app, weaker, "phishing_resistant");
  const { challenge } = await startStepUp(app, weaker);
  const passkey = authenticator.get(await passkeyOptions(app, challenge.id), ORIGIN);
  const { tokens } = await proveFactor(app, challenge.id, { passkey }, { token: weaker });
  assert.deepEqual(await walk(app, tokens.accessToken, "PAYMENT"), ["PAYMENT"]);
});
