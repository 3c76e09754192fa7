import assert from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import type { TestApp } from "./app.ts";
import { mutate, PASSWORD, type SignInAnswer } from "./people.ts";
import type { Sent } from "./wire.ts";

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

const CHALLENGE = "id status factors attemptsLeft expiresAt kind user { id } failure { code }";

const SESSION = `user { id } session { id transport method assurance amr authenticatedAt }
  tokens { accessToken refreshToken }`;

/** What a sign-in returns: a session, a challenge or a refusal. */
export const OUTCOME = `__typename ... on SignedIn { ${SESSION} }
  ... on SecondFactorRequired { challenge { ${CHALLENGE} } } ${ERROR}`;

type App = Pick<TestApp, "fetch">;

export type Challenge = {
  id: string;
  status: string;
  factors: string[];
  attemptsLeft: number;
  expiresAt: string;
};

export type SecondFactorAnswer = Omit<SignInAnswer, "session"> & {
  session: SignInAnswer["session"] & { assurance: string; amr: string[]; authenticatedAt: string };
  challenge: Challenge;
};

export function signInFirst(app: App, identifier: string, sent: Sent = {}, input: object = {}) {
  return mutate<SecondFactorAnswer>(
    app,
    `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { ${OUTCOME} } }`,
    { ...sent, variables: { input: { identifier, password: PASSWORD, ...input } } },
  );
}

/** Signs in with the password, and returns the challenge. */
export async function challengeOf(app: App, identifier: string, sent: Sent = {}): Promise<Challenge> {
  const answer = await signInFirst(app, identifier, sent);
  assert.equal(answer.__typename, "SecondFactorRequired", JSON.stringify(answer));
  return answer.challenge;
}

export type ProofInput = { totp?: string; recoveryCode?: string; passkey?: unknown };

export function proveFactor(app: App, flowId: string, proof: ProofInput, sent: Sent = {}) {
  return mutate<SecondFactorAnswer>(
    app,
    `mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { ${OUTCOME} } }`,
    { ...sent, variables: { input: { flowId, ...proof } } },
  );
}

export type Enrolment = {
  id: string;
  secret: string;
  otpauthUri: string;
  qrCode: string;
  expiresAt: string;
};

export function startTotp(app: App, token: string) {
  return mutate<Enrolment>(
    app,
    `mutation { startTotpEnrolment { __typename
      ... on TotpEnrolment { id secret otpauthUri qrCode expiresAt } ${ERROR} } }`,
    { token },
  );
}

export type FactorFacts = {
  id: string;
  kind: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
  remaining: number | null;
};

const FACTOR = "id kind name createdAt lastUsedAt remaining";

export function confirmTotp(app: App, token: string, enrolmentId: string, code: string) {
  return mutate<{ factor: FactorFacts; recoveryCodes: string[] | null }>(
    app,
    `mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { __typename
      ... on FactorAdded { factor { ${FACTOR} } recoveryCodes } ${ERROR} } }`,
    { token, variables: { input: { enrolmentId, code } } },
  );
}

/** The code that an authenticator with this secret shows, `steps` steps after the app's time. */
export function totpAt(app: TestApp, secret: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: app.clock.now().getTime() + steps * 30_000 });
}

/** Adds an authenticator to the caller, and moves the clock on, so that its next code is unused. */
export async function addTotp(app: TestApp, token: string) {
  const enrolment = await startTotp(app, token);
  assert.equal(enrolment.__typename, "TotpEnrolment", JSON.stringify(enrolment));
  const added = await confirmTotp(app, token, enrolment.id, totpAt(app, enrolment.secret));
  assert.equal(added.__typename, "FactorAdded", JSON.stringify(added));
  app.clock.advance(60);
  return { secret: enrolment.secret, factor: added.factor, recoveryCodes: added.recoveryCodes ?? [] };
}

export function startStepUp(app: App, token: string) {
  return mutate<{ challenge: Challenge }>(
    app,
    `mutation { startStepUp { __typename ... on StepUpStarted { challenge { ${CHALLENGE} } } ${ERROR} } }`,
    { token },
  );
}

export function removeFactor(app: App, token: string, id: string) {
  return mutate(
    app,
    `mutation ($id: ID!) { removeFactor(id: $id) { __typename ... on Done { message } ${ERROR} } }`,
    { token, variables: { id } },
  );
}

export function renameFactor(app: App, token: string, id: string, name: string) {
  return mutate<{ factor: FactorFacts }>(
    app,
    `mutation ($id: ID!, $name: String!) { renameFactor(id: $id, name: $name) { __typename
      ... on FactorAdded { factor { ${FACTOR} } } ${ERROR} } }`,
    { token, variables: { id, name } },
  );
}

export function regenerateCodes(app: App, token: string) {
  return mutate<{ codes: string[] }>(
    app,
    `mutation { regenerateRecoveryCodes { __typename ... on RecoveryCodes { codes } ${ERROR} } }`,
    { token },
  );
}

export function resetFactors(app: App, token: string, userId: string) {
  return mutate<{ message: string }>(
    app,
    `mutation ($userId: ID!) { resetUserFactors(userId: $userId) { __typename ... on Done { message } ${ERROR} } }`,
    { token, variables: { userId } },
  );
}

export async function factorsOf(app: App, token: string): Promise<FactorFacts[]> {
  const { factors } = await mutate<{ factors: FactorFacts[] }>(app, `{ viewer { factors { ${FACTOR} } } }`, {
    token,
  });
  return factors;
}
