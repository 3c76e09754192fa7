import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { ask, ENDPOINT, listenWithWebSockets, post } from "../support/wire.ts";
import { WsClient } from "../support/web_socket_client.ts";

const QUERY = JSON.stringify({ query: "{ __typename }" });

const posted = (headers: Record<string, string>, body: BodyInit = QUERY) =>
  new Request(ENDPOINT, { method: "POST", headers, body });

const faultsOf = ({ services }: TestApp) => services.metrics.recent("failures", services.now());

onPglite(
  "R52: a malformed GraphQL request is the caller's error, not the server's",
  async (database) => {
    await using app = await startApp({ database });
    // With this type, the status shows the kind of the error.
    const headers = { accept: "application/graphql-response+json" };
    const get = (search: string) => new Request(`${ENDPOINT}?${search}`, { headers });
    const json = (body: string) => posted({ "content-type": "application/json", ...headers }, body);
    const malformed = [
      ...["{", "[1", "hunter2", "%", "%00", "{}{", "nul"].flatMap((text) => [
        get(`query={__typename}&variables=${text}`),
        get(`query={__typename}&extensions=${text}`),
        json(`{"query":"{ __typename }","variables":${text}`),
        json(text),
      ]),
      ...["5", '"a"', "[]", "true"].flatMap((text) => [
        get(`query={__typename}&variables=${text}`),
        get(`query={__typename}&extensions=${text}`),
        json(`{"query":"{ __typename }","variables":${text}}`),
        json(`{"query":"{ __typename }","extensions":${text}}`),
        json(`{"query":${text}}`),
        json(text),
      ]),
      get("query=%FF%FE{&variables="),
      get("operationName=A&query=query%20B{__typename}"),
      get(""),
      json(""),
      json("null"),
      json("\u0000"),
      json(`{"query":"{ __typename }","operationName":5}`),
      json(`{"query":"{ __typename }","operationName":{"a":1}}`),
      json(`{"query":"\\ud800{"}`),
      new Request(ENDPOINT, { method: "PUT", body: QUERY }),
      new Request(ENDPOINT, { method: "DELETE" }),
    ];
    for (const request of malformed) {
      const { url, method } = request;
      const { status, errors, text } = await ask(app, request);
      assert.ok(status >= 400 && status < 500, `${method} ${url}: ${status} ${text}`);
      assert.ok(errors.length > 0, `${method} ${url}: ${text}`);
      assert.doesNotMatch(text, /INTERNAL_SERVER_ERROR|hunter2/);
    }
    assert.equal(faultsOf(app), 0);
  },
);

onPglite("a client that disconnects while it sends a body causes no server error", async (database) => {
  await using app = await startApp({ database });
  const faults: unknown[] = [];
  const handled = Promise.withResolvers<void>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: (error) => {
      faults.push(error);
      return new Response(null, { status: 500 });
    },
  }, async (request, info) => {
    try {
      return await app.fetch(request, info);
    } finally {
      handled.resolve();
    }
  });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const head =
    "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
  await connection.write(new TextEncoder().encode(head));
  connection.close();
  await handled.promise;
  await server.shutdown();
  assert.deepEqual(faults, []);
  assert.equal(faultsOf(app), 0);
});

onPglite("media types ignore case and white space, and a 415 lists the supported types", async (database) => {
  await using app = await startApp({ database });
  for (
    const type of [
      "application/json",
      "Application/JSON",
      "APPLICATION/JSON; charset=utf-8",
      "application/json ; charset=utf-8",
      "application/json;charset=UTF-8",
      " application/json\t; a=b",
    ]
  ) {
    const { status, data } = await ask(app, posted({ "content-type": type }));
    assert.deepEqual([status, data], [200, { __typename: "Query" }], type);
    const cookie = { cookie: "sallyport=x", "x-sallyport-csrf": "1" };
    assert.equal((await ask(app, posted({ "content-type": type, ...cookie }))).status, 200, type);
  }
  for (
    const type of [
      "text/plain",
      "application/jsonx",
      "application/graphql",
      "x; application/json",
      "json",
      "",
    ]
  ) {
    const { status, errors } = await ask(app, posted({ "content-type": type }));
    assert.equal(status, 415, type);
    assert.match(errors[0]?.message ?? "", /content-type: application\/json/, type);
    assert.equal(errors[0]?.extensions?.code, "INVALID_INPUT");
  }
});

const MALFORMED = ["Bearer", "bearer  ", "Bearer a b", "Bearer a\tb", "Bearer é"];
const OTHER_SCHEMES = ["Basic YTpi", "spo_bare", "Bearer: x", "Bearer,x", "Bearer\tx", "Token x"];

onPglite("users and operators get an error for a malformed Authorization header", async (database) => {
  await using app = await startApp({ database });
  const query = "{ viewer { username } }";
  for (const authorization of MALFORMED) {
    const { status, headers, errors, text } = await post(app, query, { headers: { authorization } });
    assert.equal(status, 400, authorization);
    assert.match(errors[0]?.message ?? "", /Malformed Authorization header/);
    assert.equal(errors[0]?.extensions?.code, "INVALID_INPUT");
    assert.equal(headers.get("www-authenticate"), 'Bearer error="invalid_request"');
    assert.doesNotMatch(text, /a b/);
  }
  for (const authorization of OTHER_SCHEMES) {
    for (const asked of [query, "{ operators { id } }"]) {
      const { errors } = await post(app, asked, { headers: { authorization } });
      assert.match(errors[0]?.message ?? "", /Malformed Authorization header/, authorization);
      assert.equal(errors[0]?.extensions?.code, "INVALID_INPUT");
    }
    // A proxy's own scheme must not prevent a sign-in.
    const { data } = await post(app, "mutation { signInAsGuest { __typename } }", {
      headers: { authorization },
    });
    assert.deepEqual(data?.["signInAsGuest"], { __typename: "SignedIn" }, authorization);
  }
  await using server = await listenWithWebSockets(app);
  for (const authorization of [...MALFORMED, ...OTHER_SCHEMES]) {
    await using ws = await WsClient.open(server.wsUrl, { params: { authorization } });
    ws.subscribe("1", query);
    assert.match(JSON.stringify((await ws.next()).payload), /Malformed Authorization header/, authorization);
  }
});

onPglite("well-formed Authorization headers work", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const operator = await app.operatorToken("READ");
  for (const scheme of ["Bearer ", "bearer  ", "BEARER      "]) {
    const sent = (token: string) => ({ headers: { authorization: `${scheme}${token}` } });
    const { data } = await post(app, "{ viewer { username } }", sent(ada.accessToken));
    assert.deepEqual(data, { viewer: { username: ada.username } });
    assert.equal((await post(app, "{ operators { id } }", sent(operator))).errors.length, 0);
  }
  const { data, errors } = await post(app, "{ viewer { username } }", { headers: { authorization: "" } });
  assert.deepEqual([data, errors], [{ viewer: null }, []]);
});

onPglite("/metrics says that the Authorization header is malformed", async (database) => {
  await using app = await startApp({ database });
  const status = async (headers: Record<string, string>) => {
    const response = await app.fetch(new Request("http://127.0.0.1:4000/metrics", { headers }));
    await response.body?.cancel();
    return [response.status, response.headers.get("www-authenticate")];
  };
  assert.deepEqual(await status({ authorization: "Bearer" }), [400, 'Bearer error="invalid_request"']);
  assert.deepEqual(await status({ authorization: "spo_bare" }), [400, 'Bearer error="invalid_request"']);
  assert.deepEqual(await status({}), [401, "Bearer"]);
});
