import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import type { TestApp } from "./app.ts";
import { newBrowser, signInWithCookie } from "./browser.ts";
import { decideAtGoogle, type Decision } from "./google.ts";
import { mutate, newName, newPerson, PASSWORD, type Person, register } from "./people.ts";
import { ENDPOINT, post, type Sent } from "./wire.ts";

type App = { fetch: Fetch };

export type Started = { flow: { id: string; redirectUri: string }; authorizationUrl: string };

export type Refusal = { code: string; message: string; actionRequired: string | null };

const ERROR = "... on AuthError { code message actionRequired }";

export const START =
  `mutation ($input: StartGoogleAuthorizationInput!) { startGoogleAuthorization(input: $input) {
  __typename ... on GoogleAuthorizationStarted { flow { id redirectUri } authorizationUrl } ${ERROR} } }`;

export const COMPLETE =
  `mutation ($input: CompleteGoogleAuthorizationInput!) { completeGoogleAuthorization(input: $input) {
  __typename ... on FlowChanged { flow { id status } } ${ERROR} } }`;

/** The headers of a request from our own page. */
export const PAGE = { origin: new URL(ENDPOINT).origin };

/** Requests an authorization. */
export function tryToStart(app: App, input: Record<string, unknown>, sent: Sent) {
  return mutate<Started & Refusal>(app, START, { ...sent, variables: { input } });
}

/** Starts an authorization. Fails if it is refused. */
export async function start(app: App, sent: Sent, input: Record<string, unknown> = {}): Promise<Started> {
  const answer = await tryToStart(app, input, sent);
  assert.equal(answer.__typename, "GoogleAuthorizationStarted", JSON.stringify(answer));
  return answer;
}

export function complete(app: App, sent: Sent, input: Record<string, unknown>) {
  return mutate<{ flow: { id: string; status: string } } & Refusal>(app, COMPLETE, {
    ...sent,
    variables: { input },
  });
}

/** A browser of a user who has signed in with a cookie. */
export async function newVisitor(app: App) {
  const username = newName();
  const registered = await register(app, { username, password: PASSWORD });
  assert.equal(registered.__typename, "Registered");
  const browser = newBrowser(app);
  const signedIn = await signInWithCookie(browser, username);
  assert.equal(signedIn.__typename, "SignedIn");
  return { ...browser, username, id: signedIn.user.id, sessionId: signedIn.session.id };
}

/** A browser with our page, which keeps tokens in memory. */
export async function newTokenPage(app: App): Promise<{ fetch: Fetch; person: Person; sent: Sent }> {
  const person = await newPerson(app);
  const browser = newBrowser(app);
  return { fetch: browser.fetch, person, sent: { token: person.accessToken } };
}

export const ADA: Decision = { email: "ada@example.com" };

/** The parameters of Google's redirect after this decision. */
export async function returnOf({ authorizationUrl }: Started, decision: Decision = ADA): Promise<URL> {
  return await decideAtGoogle(authorizationUrl, decision);
}

export type Mode = "WEB" | "CLI";

/** Completes an authorization in this mode, without a separate browser. */
export async function connectBy(app: App, sent: Sent, mode: Mode, decision: Decision, more = {}) {
  const way = mode === "CLI" ? { redirectUri: "http://127.0.0.1:9999/" } : {};
  const started = await start(app, sent, { mode, ...way, ...more });
  const { state, code } = Object.fromEntries((await returnOf(started, decision)).searchParams);
  const answer = await complete(app, sent, { state, code });
  assert.equal(answer.__typename, "FlowChanged", JSON.stringify(answer));
  return await readFlow(app, answer.flow.id, sent);
}

/** Opens our URL like a browser redirected from Google: without an Origin, with its cookies. */
export function goTo(
  browser: App & { cookie?: () => string | undefined },
  url: URL | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return browser.fetch(new Request(url, { headers: { accept: "text/html", ...headers } }));
}

export type GoogleFlowSeen = {
  status: string;
  mode: string;
  authorizationUrl: string | null;
  redirectUri: string;
  scopes: string[];
  resume: unknown;
  failure: Refusal | null;
  steps: { name: string; message: string; data: Record<string, unknown> }[];
  credential: {
    id: string;
    label: string;
    scopes: string[];
    hasRefreshToken: boolean;
    expiresAt: string;
    valid: boolean;
  } | null;
};

export const FLOW = `id status failure { code message actionRequired } steps { name message data }
  ... on GoogleAuthorizationFlow { mode authorizationUrl redirectUri scopes resume
    credential { id label scopes hasRefreshToken expiresAt valid } }`;

export async function readFlow(app: App, id: string, sent: Sent): Promise<GoogleFlowSeen> {
  const { data, text } = await post(app, `query ($id: ID!) { flow(id: $id) { ${FLOW} } }`, {
    ...sent,
    variables: { id },
  });
  assert.ok(data?.["flow"], text);
  return data["flow"] as GoogleFlowSeen;
}

/** The reasons why returns from Google were refused, oldest first. */
export async function rejections(app: TestApp): Promise<{ reason: string; userId: string | null }[]> {
  await app.services.eventLog.settled();
  const token = await app.operatorToken("READ");
  const { data, text } = await post(
    app,
    `{ events(last: 200, types: ["google.state_rejected"]) { nodes { userId data } } }`,
    { token },
  );
  assert.ok(data, text);
  const { nodes } = data["events"] as { nodes: { userId: string | null; data: { reason: string } }[] };
  return nodes.map(({ userId, data }) => ({ reason: data.reason, userId }));
}

/** The page or the JSON of a refusal. */
export async function refusalOf(response: Response) {
  const { error } = JSON.parse(await response.text()) as {
    error: Refusal & { authorizationUrl: string | null; retryAfterSeconds: number | null };
  };
  return { status: response.status, ...error };
}

export const JSON_PLEASE = { accept: "application/json" };
