import assert from "node:assert/strict";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { createKey } from "./api_keys.ts";
import type { TestApp } from "./app.ts";
import { within } from "./eventually.ts";
import { issueNonce } from "./google_sign_in.ts";
import { START } from "./google_flows.ts";
import { newName, PASSWORD, register, signedIn } from "./people.ts";
import { ENDPOINT, graphqlRequest, post, type Sent } from "./wire.ts";

export const OWN_PAGE = { origin: new URL(ENDPOINT).origin };

const SIGN_IN_WITH_COOKIE = `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) {
  __typename ... on SignedIn { session { id transport } tokens { accessToken } } ... on AuthError { code message } } }`;

/** Requests a session with a cookie. */
export function signInWithCookieRequest(identifier: string, sent: Sent = {}, password = PASSWORD): Request {
  const input = { identifier, password, transport: "COOKIE" };
  return graphqlRequest(SIGN_IN_WITH_COOKIE, { ...sent, variables: { input } });
}

/** Signs in on our page, and returns the cookie as a browser sends it: `name=value`. */
export async function cookieOf(app: TestApp, identifier: string): Promise<string> {
  const response = await app.fetch(signInWithCookieRequest(identifier, { headers: OWN_PAGE }));
  await response.body?.cancel();
  const [cookie = "", ...more] = response.headers.getSetCookie();
  assert.deepEqual(more.map((other) => other.split("=")[0]), [`${cookie.split("=")[0]}-device`]);
  assert.match(cookie, /^(__Host-)?sallyport=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax/);
  return cookie.split(";")[0] ?? "";
}

/** Waits for the next mailed link to this address and returns its token. */
export async function mailedToken(app: TestApp, address: string): Promise<string> {
  const { text } = await within(`a mail to ${address}`, app.inbox.next(address));
  const token = /#token=(\S+)/.exec(text)?.[1];
  assert.ok(token, text);
  return token;
}

/** Creates a user with an address, verified or not. */
export async function newOwner(app: TestApp, { proven }: { proven: boolean }) {
  const username = newName();
  const email = `${username}@example.test`;
  const registered = await register(app, { username, email, password: PASSWORD });
  assert.equal(registered.__typename, "Registered", JSON.stringify(registered));
  const verification = await mailedToken(app, email);
  if (proven) assert.equal(await verifyEmail(app, verification), "Done");
  return { ...await signedIn(app, username), email, verification };
}

export async function verifyEmail(app: TestApp, token: string): Promise<string> {
  return await outcome(app, `mutation ($token: String!) { verifyEmail(token: $token) { __typename } }`, {
    variables: { token },
  });
}

export async function resetPassword(app: TestApp, token: string, newPassword: string): Promise<string> {
  const document = `mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }`;
  return await outcome(app, document, { variables: { input: { token, newPassword } } });
}

/** The type of a mutation's answer. */
async function outcome(app: TestApp, document: string, sent: Sent): Promise<string> {
  const { data, text } = await post(app, document, sent);
  assert.ok(data, text);
  return (Object.values(data)[0] as { __typename: string }).__typename;
}

/** One valid token of every kind that the server issues, each of an existing user. */
export async function everyKind(app: TestApp & { google: GoogleEmulator }): Promise<Record<string, string>> {
  const owner = await newOwner(app, { proven: true });
  const newUser = await newOwner(app, { proven: false });
  const request = `mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }`;
  assert.equal(await outcome(app, request, { variables: { email: owner.email } }), "Done");
  const cookie = await cookieOf(app, owner.username);
  const google = await startedInBrowser(app, owner.accessToken);
  return {
    access: owner.accessToken,
    refresh: owner.refreshToken,
    cookie: cookie.slice(cookie.indexOf("=") + 1),
    operator: await app.operatorToken("REVEAL"),
    "API key": (await createKey(app, await app.operatorToken(), { scopes: ["metrics:read"] })).key,
    "google state": google.state,
    "google browser": google.browser,
    "reset link": await mailedToken(app, owner.email),
    "verification link": newUser.verification,
    "Google's ID token": app.google.issueIdToken({ email: "ada@gmail.com" }),
    nonce: await issueNonce(app),
  };
}

/** The state of a Google authorization started on our page, and the value of the browser's cookie. */
async function startedInBrowser(app: TestApp, token: string): Promise<{ state: string; browser: string }> {
  const variables = { input: {} };
  const { data, headers, text } = await post(app, START, { token, variables, headers: OWN_PAGE });
  assert.ok(data, text);
  const { authorizationUrl } = data["startGoogleAuthorization"] as { authorizationUrl: string };
  const [cookie = ""] = headers.getSetCookie();
  const [, browser = ""] = /^sallyport-google=([^;]+); Path=\/; HttpOnly; SameSite=Lax/.exec(cookie) ?? [];
  return { state: new URL(authorizationUrl).searchParams.get("state") ?? "", browser };
}
