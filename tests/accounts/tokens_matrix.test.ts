import assert from "node:assert/strict";
import type { TestApp } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { presentToken } from "../support/google_sign_in.ts";
import { refresh } from "../support/people.ts";
import { everyKind, OWN_PAGE, resetPassword, verifyEmail } from "../support/token_kinds.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { type Answer, ask, ENDPOINT, listenWithWebSockets, post, type Sent } from "../support/wire.ts";

/** A place where tokens are presented. It must accept the kinds in `takes`, and reject all others. */
type Place = { takes: string[]; presents: Present };

type GoogleApp = Awaited<ReturnType<typeof startGoogleApp>>;

/** Presents a token and returns whether it was accepted; `kinds` are all valid tokens. */
type Present = (app: GoogleApp, token: string, kinds: Record<string, string>) => Promise<boolean>;

const WHO = "{ authState { user { id } session { id } } server { version } }";

/** Whether the caller was authenticated. A user gets a state, and an operator the server. */
function knows({ data, errors }: Pick<Answer, "data" | "errors">): boolean {
  const codes = errors.map((error) => error.extensions?.code);
  // INVALID_INPUT: the header is malformed.
  const refusals = ["UNAUTHENTICATED", "FORBIDDEN", "INVALID_INPUT"];
  assert.ok(codes.every((code) => refusals.includes(code ?? "")), codes.join());
  // A user gets FORBIDDEN for the server, an anonymous caller gets another code.
  return data != null || codes.includes("FORBIDDEN");
}

const byHeaders =
  (headers: (token: string) => Record<string, string>) => async (app: TestApp, token: string) =>
    knows(await post(app, WHO, { headers: headers(token) }));

/** Sends a query over a WebSocket with these headers and connection parameters. */
const byWebSocket =
  (options: (token: string) => { headers?: Record<string, string>; params?: Record<string, unknown> }) =>
  async (app: TestApp, token: string) => {
    await using server = await listenWithWebSockets(app);
    const { params, ...rest } = options(token);
    await using ws = new WsClient(server.wsUrl, rest);
    await ws.opened();
    ws.send({ type: "connection_init", ...(params && { payload: params }) });
    const refused = ws.closed.then(({ code }) => code === 4403);
    if (await Promise.race([refused, ws.next().then(() => false, () => refused)])) return false;
    ws.subscribe("1", WHO);
    const { type, payload } = await ws.next();
    if (type === "error") return knows({ data: null, errors: payload as Answer["errors"] });
    const { data, errors = [] } = payload as Partial<Answer>;
    return knows({ data, errors });
  };

const bySubscription = (sent: (token: string) => Sent) => async (app: TestApp, token: string) => {
  const { headers = {}, ...rest } = sent(token);
  const events = { ...rest, headers: { ...headers, accept: "text/event-stream" } };
  return knows(await post(app, WHO, events));
};

const IDENTITIES = ["access", "operator", "API key"];

const PLACES: Record<string, Place> = {
  "Authorization": {
    takes: IDENTITIES,
    presents: byHeaders((token) => ({ authorization: `Bearer ${token}` })),
  },
  "Authorization over SSE": { takes: IDENTITIES, presents: bySubscription((token) => ({ token })) },
  "Authorization without a scheme": {
    takes: [],
    presents: byHeaders((authorization) => ({ authorization })),
  },
  "the session cookie": {
    takes: ["cookie"],
    presents: byHeaders((token) => ({ ...OWN_PAGE, cookie: `sallyport=${token}` })),
  },
  "the session cookie by its name of https": {
    takes: [],
    presents: byHeaders((token) => ({ ...OWN_PAGE, cookie: `__Host-sallyport=${token}` })),
  },
  "connectionParams": {
    takes: IDENTITIES,
    presents: byWebSocket((token) => ({ params: { authorization: `Bearer ${token}` } })),
  },
  "connectionParams as a cookie": {
    takes: [],
    presents: byWebSocket((token) => ({ params: { cookie: `sallyport=${token}` } })),
  },
  "Authorization of the upgrade": {
    takes: IDENTITIES,
    presents: byWebSocket((token) => ({ headers: { authorization: `Bearer ${token}` } })),
  },
  "the cookie of the upgrade": {
    takes: ["cookie"],
    presents: byWebSocket((token) => ({
      headers: { "x-sallyport-csrf": "1", cookie: `sallyport=${token}` },
    })),
  },
  "the URL": {
    takes: [],
    presents: async (app, token) => {
      const url = new URL(ENDPOINT);
      for (const name of ["access_token", "token", "authorization"]) url.searchParams.set(name, token);
      url.searchParams.set("query", WHO);
      return knows(await ask(app, new Request(url)));
    },
  },
  "/metrics": {
    takes: ["operator", "API key"],
    presents: async (app, token) => {
      const request = new Request(new URL("/metrics", ENDPOINT), {
        headers: { authorization: `Bearer ${token}` },
      });
      const { status } = await ask(app, request);
      assert.ok(status === 200 || status === 401, String(status));
      return status === 200;
    },
  },
  "the cookie of a return from Google": {
    takes: ["google browser"],
    presents: async (app, token, kinds) => {
      const code = await returnCode(app, { state: kinds["google state"] ?? "" }, token);
      assert.ok(code === "INVALID_INPUT" || code === "INVALID_STATE", code);
      // The request has no code of Google, so nothing is consumed: the cookie was accepted.
      return code === "INVALID_INPUT";
    },
  },
  "the state of a return from Google": {
    takes: ["google state"],
    presents: async (app, token, kinds) => {
      const code = await returnCode(
        app,
        { state: token, error: "access_denied" },
        kinds["google browser"] ?? "",
      );
      assert.ok(code === "AUTHORIZATION_DENIED" || code === "INVALID_STATE", code);
      return code === "AUTHORIZATION_DENIED";
    },
  },
  "refreshSession": {
    takes: ["refresh"],
    presents: async (app, token) => {
      const { __typename, code } = await refresh(app, token);
      assert.ok(__typename === "SignedIn" || code === "SESSION_ENDED", __typename);
      return __typename === "SignedIn";
    },
  },
  "signInWithGoogle": {
    takes: ["Google's ID token"],
    presents: async (app, token) => isSignedIn(await presentToken(app, token)),
  },
  "the nonce of one of Google's ID tokens": {
    takes: ["nonce"],
    presents: async (app, nonce) => {
      return isSignedIn(
        await presentToken(app, app.google.issueIdToken({ email: "eve@gmail.com" }, { nonce })),
      );
    },
  },
  "verifyEmail": {
    takes: ["verification link"],
    presents: async (app, token) => passes(await verifyEmail(app, token)),
  },
  "resetPassword": {
    takes: ["reset link"],
    presents: async (app, token) => passes(await resetPassword(app, token, "a horse of another colour")),
  },
};

/** Returns the error code of a return from Google, in a browser with this cookie. */
async function returnCode(app: TestApp, back: Record<string, string>, browser: string): Promise<string> {
  const url = new URL(`/auth/google/callback?${new URLSearchParams(back)}`, ENDPOINT);
  const headers = { accept: "application/json", cookie: `sallyport-google=${browser}` };
  const { text } = await ask(app, new Request(url, { headers }));
  return JSON.parse(text).error.code;
}

function passes(typename: string): boolean {
  assert.ok(typename === "Done" || typename === "CodeRejectedError", typename);
  return typename === "Done";
}

function isSignedIn({ __typename, code }: { __typename: string; code?: string }): boolean {
  assert.ok(__typename === "SignedIn" || code === "GOOGLE_TOKEN_REJECTED", __typename);
  return __typename === "SignedIn";
}

/** Places that consume a token or invalidate others. Their successful uses run last. */
const SPENDING = [
  "the state of a return from Google",
  "refreshSession",
  "signInWithGoogle",
  "the nonce of one of Google's ID tokens",
  "verifyEmail",
  "resetPassword",
];

onEachDatabase("R11: no kind of token is accepted as another kind, anywhere", async (database) => {
  await using app = await startGoogleApp({ database, env: { LIMIT_LINKS_PER_ADDRESS_HOUR: "1000" } });
  const kinds = await everyKind(app);
  const table = async (wanted: (place: string, kind: string) => boolean) => {
    for (const [place, { takes, presents }] of Object.entries(PLACES)) {
      for (const [kind, token] of Object.entries(kinds)) {
        if (!wanted(place, kind)) continue;
        assert.equal(await presents(app, token, kinds), takes.includes(kind), `${kind} at ${place}`);
      }
    }
  };
  const isLast = (place: string, kind: string) =>
    SPENDING.includes(place) && (PLACES[place]?.takes.includes(kind) ?? false);
  await table((place, kind) => !isLast(place, kind));
  await table(isLast);
  // Every kind was accepted somewhere, so all tokens were valid.
  const taken = new Set(Object.values(PLACES).flatMap(({ takes }) => takes));
  assert.deepEqual(Object.keys(kinds).filter((kind) => !taken.has(kind)), []);
  assert.equal(app.services.metrics.recent("failures", app.services.now()), 0);
});
