import assert from "node:assert/strict";
import type { TestApp } from "./app.ts";
import { mutate, type SignInAnswer } from "./people.ts";
import type { Sent } from "./wire.ts";

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

export const REQUEST = `mutation ($email: String!) { requestEmailCode(input: { email: $email }) { __typename
  ... on EmailCodeSent { flow { id status email attemptsLeft resendAt expiresAt steps { name } } } ${ERROR} } }`;

const VERIFY = `mutation ($input: VerifyEmailCodeInput!) { verifyEmailCode(input: $input) { __typename
  ... on SignedIn { user { id username email emailVerified isGuest state methods } session { id method transport }
    tokens { accessToken refreshToken } } ${ERROR} } }`;

const GUEST = `mutation { signInAsGuest { __typename
  ... on SignedIn { user { id name isGuest state email methods } session { id method } tokens { accessToken refreshToken } } ${ERROR} } }`;

export type CodeFlow = {
  id: string;
  status: string;
  email: string;
  attemptsLeft: number;
  resendAt: string;
  expiresAt: string;
  steps: { name: string }[];
};

type App = Pick<TestApp, "fetch">;

export function requestCode(app: App, email: string, sent: Sent = {}) {
  return mutate<{ flow: CodeFlow; retryAfterSeconds: number }>(app, REQUEST, {
    ...sent,
    variables: { email },
  });
}

export type CodeAnswer = SignInAnswer & {
  user: {
    username: string | null;
    email: string;
    emailVerified: boolean;
    isGuest: boolean;
    methods: string[];
  };
};

export function verifyCode(app: App, flowId: string, code: string, sent: Sent = {}) {
  return mutate<CodeAnswer>(app, VERIFY, { ...sent, variables: { input: { flowId, code } } });
}

export type GuestAnswer = SignInAnswer & { user: { name: string; isGuest: boolean; email: string | null } };

export function guest(app: App, sent: Sent = {}) {
  return mutate<GuestAnswer>(app, GUEST, sent);
}

/** Waits for the next mail to this address and returns its code. */
export async function mailedCode(app: TestApp, email: string): Promise<string> {
  const { subject } = await app.inbox.next(email);
  const code = /^(\d{6}) is your Sallyport code$/.exec(subject)?.[1];
  assert.ok(code, subject);
  return code;
}

/** Returns a different code. */
export function wrongCode(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, "0");
}

/** Requests a code and reads it from the mail. */
export async function codeFor(app: TestApp, email: string): Promise<{ id: string; code: string }> {
  const { flow } = await requestCode(app, email);
  assert.ok(flow);
  return { id: flow.id, code: await mailedCode(app, email) };
}
