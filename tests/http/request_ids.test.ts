import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, SIGN_IN } from "../support/people.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { ask, graphqlRequest, listenWithWebSockets, post } from "../support/wire.ts";

const OWN = /^req_[0-9a-hjkmnp-tv-z]{12}$/;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

const REFUSED = 'mutation { signInWithPassword(input: { identifier: "ada", password: "x" }) {' +
  " ... on AuthError { code requestId } } }";

async function get(app: TestApp, path: string): Promise<Headers> {
  const response = await app.fetch(new Request(`http://127.0.0.1:4000${path}`));
  await response.body?.cancel();
  return response.headers;
}

onPglite("every response has an id of its own", async (database) => {
  await using app = await startApp({ database });
  const paths = ["/", "/healthz", "/readyz", "/nothing", "/embed", "/.well-known/jwks.json", "/graphql"];
  const ids = await Promise.all(paths.map(async (path) => (await get(app, path)).get("x-request-id") ?? ""));
  for (const id of ids) assert.match(id, OWN);
  assert.equal(new Set(ids).size, ids.length);
});

onPglite("errors have the id of their response", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await newPerson(app);
  const stream = { accept: "text/event-stream" };
  const answers = {
    "of a field": await post(app, "{ sessions { id } }"),
    "of validation": await post(app, "{ nothing }"),
    "of a token": await post(app, "{ viewer { id } }", { token: `${accessToken}x` }),
    "of a subscription": await post(app, "subscription { events { id } }", { headers: stream }),
  };
  for (const [name, { headers, errors }] of Object.entries(answers)) {
    const id = headers.get("x-request-id");
    assert.match(id ?? "", OWN);
    assert.deepEqual(
      errors.map(({ extensions }) => (extensions as { requestId?: string }).requestId),
      [id],
      name,
    );
  }
  const { headers, data } = await post(app, REFUSED);
  assert.deepEqual(data?.["signInWithPassword"], {
    code: "INVALID_CREDENTIALS",
    requestId: headers.get("x-request-id"),
  });
});

onPglite("the id is the trace id of a traceparent, if that is valid", async (database) => {
  await using app = await startApp({ database });
  const idWith = async (traceparent: string) =>
    (await ask(app, graphqlRequest("{ nothing }", { headers: { traceparent } }))).headers.get("x-request-id");
  assert.equal(await idWith(TRACEPARENT), TRACE);
  assert.equal(await idWith(`01-${TRACE}-00f067aa0ba902b7-01-more`), TRACE);
  const invalid = [
    TRACEPARENT.toUpperCase(),
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.slice(1)}-00f067aa0ba902b7-01`,
    `${TRACEPARENT}x`,
  ];
  for (const traceparent of invalid) assert.match(await idWith(traceparent) ?? "", OWN, traceparent);
});

onPglite("an event has the id of the request that caused it", async (database) => {
  await using app = await startApp({ database });
  const { username } = await newPerson(app);
  const input = { identifier: username, password: "wrong password" };
  const { headers } = await ask(
    app,
    graphqlRequest(SIGN_IN, { variables: { input }, headers: { traceparent: TRACEPARENT } }),
  );
  assert.equal(headers.get("x-request-id"), TRACE);
  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    '{ events(types: ["password.rejected"], last: 1) { nodes { requestId data } } }',
    {
      token: await app.operatorToken("READ"),
    },
  );
  const { nodes: [event] } = data?.["events"] as { nodes: { requestId: string; data: object }[] };
  assert.equal(event?.requestId, TRACE);
  assert.ok(!("requestId" in (event?.data ?? {})));
});

onPglite("over a WebSocket, errors have the id of the upgrade", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  await using ws = await WsClient.open(server.wsUrl, { headers: { traceparent: TRACEPARENT } });
  const requestIds = async () => {
    const { payload } = await ws.next();
    const errors = Array.isArray(payload) ? payload : (payload as { errors: unknown[] }).errors;
    return errors.map(({ extensions }) => extensions.requestId);
  };
  ws.subscribe("document", "{ nothing }");
  assert.deepEqual(await requestIds(), [TRACE]);
  ws.subscribe("field", "{ sessions { id } }");
  assert.deepEqual(await requestIds(), [TRACE]);
});
