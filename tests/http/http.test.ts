import assert from "node:assert/strict";
import { sql } from "kysely";
import { newToken, randomBytes } from "../../src/lib/crypto.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onPglite, onPostgres } from "../support/databases.ts";
import { administer, databaseUrl } from "../support/templates.ts";
import { ask, ENDPOINT, listenWithWebSockets, post } from "../support/wire.ts";
import { handshake } from "../support/raw_web_socket.ts";

const QUERY = { query: "{ __typename }" };
const OWN = "http://127.0.0.1:4000";
const LISTED = "https://app.test";
const FOREIGN = "https://evil.test";

/** Returns a request that a page makes a browser send: with our cookie, if there is one. */
function browser(
  headers: Record<string, string>,
  cookie: string | undefined,
  init: RequestInit = {},
): Request {
  const body = JSON.stringify(QUERY);
  return new Request(ENDPOINT, {
    method: "POST",
    body,
    ...init,
    headers: { "content-type": "application/json", ...(cookie ? { cookie } : {}), ...headers },
  });
}

onPglite(
  "R42: a request with the session cookie is a POST of JSON from an allowed page",
  async (database) => {
    await using app = await startApp({ database, env: { ALLOWED_ORIGINS: LISTED } });
    const status = async (request: Request) => (await ask(app, request)).status;
    const csrf = { "x-sallyport-csrf": "1" };
    for (const cookie of ["__Host-sallyport=x", "sallyport=x", "theme=dark; sallyport=x;a=b"]) {
      assert.equal(await status(browser({ origin: OWN }, cookie)), 200);
      assert.equal(await status(browser({ origin: LISTED }, cookie)), 200);
      assert.equal(await status(browser(csrf, cookie)), 200);
      assert.equal(await status(browser({}, cookie)), 403);
      for (const origin of [FOREIGN, "null", `${OWN}.evil.test`, `${LISTED}:8443`, "http://app.test"]) {
        assert.equal(await status(browser({ origin }, cookie)), 403, origin);
        assert.equal(await status(browser({ origin, ...csrf }, cookie)), 403, `${origin} with the header`);
      }
      for (
        const type of [
          "text/plain",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=b",
          "application/graphql",
          "application/json-not",
          "text/plain; application/json",
          "",
        ]
      ) {
        assert.equal(await status(browser({ origin: OWN, "content-type": type }, cookie)), 403, type);
      }
      for (const type of ["text/plain", "application/json"]) {
        const headers = { cookie, origin: OWN, "content-type": type };
        assert.equal(await status(new Request(`${ENDPOINT}?query={__typename}`, { headers })), 403);
      }
      const sse = { accept: "text/event-stream" };
      assert.equal(await status(browser({ origin: FOREIGN, ...sse }, cookie)), 403);
      assert.equal(await status(browser({ origin: OWN, ...sse }, cookie)), 200);
    }
    // Without the cookie, the request has no rights to abuse.
    assert.equal(await status(browser({ origin: FOREIGN }, undefined)), 200);
    assert.equal(await status(browser({ origin: FOREIGN }, "sallyport-theme=dark")), 200);
  },
);

onPglite("R42: own pages, listed pages and programs can open a WebSocket", async (database) => {
  await using app = await startApp({ database, env: { ALLOWED_ORIGINS: LISTED } });
  await using server = await listenWithWebSockets(app);
  // The subprotocol is wrong on purpose: a request that passes the origin check gets that error.
  const status = async (headers: Record<string, string>) =>
    (await handshake(server.wsUrl, { ...headers, "sec-websocket-protocol": "x" })).status;
  for (const origin of [FOREIGN, "null", `${LISTED}.evil.test`, "http://127.0.0.1:4001"]) {
    assert.equal(await status({ origin }), 403, origin);
  }
  for (const headers of [{ origin: OWN }, { origin: LISTED }, {}]) assert.equal(await status(headers), 400);
});

onPglite("R42: PUBLIC_URL sets our own origin, not the socket", async (database) => {
  await using app = await startApp({ database, env: { PUBLIC_URL: "https://auth.test" } });
  const status = async (origin: string) => (await ask(app, browser({ origin }, "sallyport=x"))).status;
  assert.equal(await status("https://auth.test"), 200);
  assert.equal(await status(OWN), 403);
});

onPglite("R42: HOST and PORT set our own origin, in the form that browsers send", async (database) => {
  await using app = await startApp({ database, env: { HOST: "[2001:DB8:0::1]", PORT: "80" } });
  const status = async (origin: string) => (await ask(app, browser({ origin }, "sallyport=x"))).status;
  assert.equal(await status("http://[2001:db8::1]"), 200);
  assert.equal(await status("http://[2001:db8::2]"), 403);
});

const CORS = /^access-control-/;
const corsOf = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => CORS.test(name) || name === "vary"));

onPglite("R42: CORS allows only listed origins, and never credentials", async (database) => {
  const keys = newKeyring();
  for (const listed of [[], [LISTED], [LISTED, "https://two.test"]]) {
    await using app = await startApp({ database, keys, env: { ALLOWED_ORIGINS: listed.join(",") } });
    const answers = async (origin: string) => {
      const preflight = new Request(ENDPOINT, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type,x-other",
        },
      });
      const refused = browser({ origin }, "sallyport=x", { method: "PUT" });
      return [
        corsOf((await ask(app, preflight)).headers),
        corsOf((await ask(app, browser({ origin }, undefined))).headers),
        corsOf((await ask(app, browser({ origin, accept: "text/event-stream" }, undefined))).headers),
        corsOf((await ask(app, refused)).headers),
      ];
    };
    for (const origin of listed) {
      const [preflight, ...rest] = await answers(origin);
      assert.equal(preflight?.["access-control-allow-origin"], origin);
      assert.equal(
        preflight?.["access-control-allow-headers"],
        "content-type, authorization, apollo-require-preflight, graphql-require-preflight",
      );
      assert.equal(rest[0]?.["access-control-allow-origin"], origin);
      assert.equal(rest[1]?.["access-control-allow-origin"], origin);
      for (const headers of [preflight, ...rest]) {
        assert.equal(headers?.["access-control-allow-credentials"], undefined);
      }
    }
    for (const origin of [FOREIGN, "null", OWN, `${LISTED}.evil.test`]) {
      assert.deepEqual(await answers(origin), [{}, {}, {}, {}], origin);
    }
  }
});

onPglite("no response can be cached, or have its type guessed", async (database) => {
  await using app = await startApp({ database });
  for (const accept of ["application/json", "text/event-stream"]) {
    const { headers } = await post(app, QUERY.query, { headers: { accept } });
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
});

const get = (app: TestApp, path: string, peer?: string, headers: Record<string, string> = {}) =>
  app.fetch(
    new Request(new URL(path, OWN), { headers }),
    peer ? { remoteAddr: { transport: "tcp", hostname: peer, port: 9 } } : undefined,
  );

onPglite("/metrics is for this machine without a proxy, and for operators", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const status = async (peer: string | undefined, headers?: Record<string, string>) => {
    const response = await get(app, "/metrics", peer, headers);
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status("127.0.0.1"), 200);
  for (const peer of ["::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "127.0.0.2"]) {
    assert.equal(await status(peer), 200, peer);
  }
  for (const header of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
    assert.equal(await status("127.0.0.1", { [header]: "127.0.0.1" }), 401, header);
  }
  for (const peer of ["10.0.0.1", "::ffff:10.0.0.1", "127.0.0.2.evil", undefined]) {
    assert.equal(await status(peer), 401);
  }
  assert.equal(await status("10.0.0.1", { authorization: `Bearer ${token}` }), 200);
  assert.equal(await status("10.0.0.1", { authorization: `Bearer ${token}x` }), 401);
});

onPglite("/metrics counts operations in Prometheus' format, without names", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const { data } = await post(app, "{ operators { id name } }", { token });
  await post(app, "{ operators { id } }", { token: `${token}x` });
  const response = await get(app, "/metrics", "127.0.0.1");
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|sallyport_\w+(\{le="[^"]+"\})? [0-9.e+-]+)$/);
  }
  const [{ id, name: operatorName }] = data?.["operators"] as [{ id: string; name: string }];
  for (const secret of [token, id, operatorName]) assert.ok(!text.includes(secret));
  const value = (name: string) => Number(new RegExp(`^sallyport_${name} (\\S+)$`, "m").exec(text)?.[1]);
  assert.equal(value("requests_total"), 2);
  assert.equal(value("token_validations_total"), 1);
  assert.equal(value("token_validation_failures_total"), 1);
  assert.equal(value("operation_seconds_count"), 2);
  assert.ok(value("database_operations_total") > 1);
});

onPglite("/healthz succeeds until the process ends, /readyz until the server drains", async (database) => {
  await using app = await startApp({ database });
  const ready = async () => {
    const response = await get(app, "/readyz");
    return [response.status, await response.json()];
  };
  const check = (name: string, message: string) => ({ name, ok: true, message });
  assert.deepEqual(await ready(), [200, {
    ready: true,
    checks: [check("database", "Answers"), check("migrations", "Current"), check("event tail", "Current")],
  }]);
  await app.drain();
  assert.deepEqual(await ready(), [503, { ready: false, checks: [] }]);
  assert.equal(await (await get(app, "/healthz")).text(), "alive\n");
  assert.equal((await get(app, "/nothing")).status, 404);
});

onPglite("/readyz fails on the database of a newer server", async (database) => {
  await using app = await startApp({ database });
  const { db } = app.services;
  await sql`insert into kysely_migration (name, timestamp) values ('9999_newer', '')`.execute(db);
  try {
    const response = await get(app, "/readyz");
    assert.equal(response.status, 503);
    assert.match(await response.text(), /"name":"migrations","ok":false,"message":"Newer than this server"/);
  } finally {
    // Emptying the shared database leaves it.
    await sql`delete from kysely_migration where name = '9999_newer'`.execute(db);
  }
});

onPostgres("/readyz fails while the database is down, and recovers with it", async (database) => {
  await using app = await startApp({ database });
  const url = new URL(database.url ?? "");
  const name = url.pathname.slice(1);
  const cluster = databaseUrl(url.href, "postgres");
  const admit = (yes: boolean) => administer(cluster, `alter database ${name} allow_connections ${yes}`);
  await admit(false);
  await administer(
    cluster,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
  const response = await get(app, "/readyz");
  assert.equal(response.status, 503);
  assert.match(await response.text(), /"name":"database","ok":false,"message":"Does not answer/);
  const code = async (token: string) =>
    (await post(app, "{ operators { id } }", { token })).errors[0]?.extensions?.code;
  assert.equal(await code(newToken("spo", randomBytes).token), "UNAVAILABLE");
  assert.equal(
    await code(`spo_${"x".repeat(48)}`),
    "UNAUTHENTICATED",
    "what cannot be a token needs no query",
  );
  await admit(true);
  for (let tries = 0; (await get(app, "/readyz")).status !== 200; tries++) assert.ok(tries < 100);
});
