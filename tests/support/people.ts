import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import { type Answer, post, type Sent } from "./wire.ts";

/** The tokens that a client keeps after a sign-in. */
export type Tokens = { accessToken: string; refreshToken: string };

/** A user with a session. */
export type Person = Tokens & { id: string; username: string; password: string; sessionId: string };

export const PASSWORD = "correct horse battery staple";

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

export const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { __typename ... on Registered { message user { id username email emailVerified } } ${ERROR} } }`;

export const SIGN_IN = `mutation ($input: SignInWithPasswordInput!) {
  signInWithPassword(input: $input) { __typename ... on SignedIn { user { id username state } session { id current transport method expiresAt }
    tokens { tokenType accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } } ${ERROR} } }`;

export const REFRESH = `mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) { __typename ... on SignedIn { session { id }
    tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } } ${ERROR} } }`;

export const VIEWER = "{ viewer { id username } }";

type App = { fetch: Fetch };

/** The only field of a mutation's answer. Fails if there is none. */
export function resultOf<T = Record<string, unknown>>(
  answer: Answer,
): T & { __typename: string; code?: string } {
  assert.ok(answer.data, answer.text);
  const [result] = Object.values(answer.data);
  return result as T & { __typename: string; code?: string };
}

/** Sends a mutation with one field, and returns that field. */
export async function mutate<T = Record<string, unknown>>(app: App, document: string, sent: Sent = {}) {
  return resultOf<T>(await post(app, document, sent));
}

/** Returns an unused username. */
export function newName(): string {
  return `u${crypto.randomUUID().slice(0, 8)}`;
}

export function register(app: App, input: Record<string, unknown>, sent: Sent = {}) {
  return mutate<{ user: { id: string; username: string } | null; message: string }>(app, REGISTER, {
    ...sent,
    variables: { input },
  });
}

export type SignInAnswer = {
  user: { id: string; username: string; state: string };
  session: { id: string; current: boolean; transport: string; method: string; expiresAt: string };
  tokens: Tokens & {
    tokenType: string;
    accessTokenExpiresAt: string;
    refreshTokenExpiresAt: string;
  };
};

export function signIn(app: App, identifier: string, password: string = PASSWORD, sent: Sent = {}) {
  return mutate<SignInAnswer>(app, SIGN_IN, { ...sent, variables: { input: { identifier, password } } });
}

export function refresh(app: App, refreshToken: string, sent: Sent = {}) {
  return mutate<SignInAnswer>(app, REFRESH, { ...sent, variables: { input: { refreshToken } } });
}

/** Registers a user and signs in. */
export async function newPerson(app: App, username: string = newName()): Promise<Person> {
  const registered = await register(app, { username, password: PASSWORD });
  assert.equal(registered.__typename, "Registered", JSON.stringify(registered));
  return await signedIn(app, username);
}

/** Creates another session of a registered user. */
export async function signedIn(app: App, username: string, password: string = PASSWORD): Promise<Person> {
  const result = await signIn(app, username, password);
  assert.equal(result.__typename, "SignedIn", JSON.stringify(result));
  const { user, session, tokens } = result;
  return {
    id: user.id,
    username,
    password,
    sessionId: session.id,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
  };
}

/** The username of the viewer with this token, or null. */
export async function viewerOf(app: App, token: string, sent: Sent = {}): Promise<string | null> {
  const { data } = await post(app, VIEWER, { ...sent, token });
  return (data?.["viewer"] as { username: string } | null)?.username ?? null;
}
