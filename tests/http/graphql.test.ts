import assert from "node:assert/strict";
import { serverAudits } from "graphql-http";
import { serverError } from "../../src/emulators/google/switches.ts";
import { status } from "../../src/providers/modal/grpc/grpc_status.ts";
import { newKeyring, startApp } from "../support/app.ts";
import { startGoogleApp } from "../support/google.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { ENDPOINT, post } from "../support/wire.ts";

onPglite("R45: every audit of GraphQL over HTTP passes on the hardened server", async (database) => {
  await using app = await startApp({ database });
  const results = [];
  for (
    const audit of serverAudits({
      url: ENDPOINT,
      fetchFn: (url: string, init: RequestInit) => app.fetch(new Request(url, init)),
    })
  ) results.push(await audit.fn());
  const bad = results.filter((result) => result.status !== "ok").map((result) =>
    `${result.status}: ${result.name}`
  );
  assert.deepEqual(bad, []);
  assert.ok(results.length >= 60, `${results.length} audits`);
});

onEachDatabase(
  "server describes the server: version, database, addresses and what is emulated",
  async (database) => {
    await using app = await startApp({ database });
    const { data } = await post(
      app,
      "{ server { version startedAt database instanceId modalServerUrl googleConfigured mailConfigured emulated inboxUrl } }",
      { token: await app.operatorToken("READ") },
    );
    const { version, startedAt, database: kind, ...rest } = data?.["server"] as Record<string, string>;
    assert.match(version ?? "", /^\d+\.\d+\.\d+$/);
    assert.ok(Math.abs(Date.parse(startedAt ?? "") - Date.now()) < 60_000);
    assert.match(kind ?? "", database.kind === "pglite" ? /^pglite$/ : /^postgres \d+(\.\d+)?$/);
    assert.deepEqual(rest, {
      instanceId: app.services.instanceId,
      modalServerUrl: app.modal.url,
      googleConfigured: false,
      mailConfigured: true,
      emulated: ["modal", "mail"],
      inboxUrl: app.inbox.pageUrl,
    });
  },
);

onPglite(
  "with Google configured, server reports it, and serverHealth reports whether Google answers",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const token = await app.operatorToken("READ");
    const { data } = await post(app, "{ server { googleConfigured emulated } }", { token });
    assert.deepEqual(data?.["server"], { googleConfigured: true, emulated: ["modal", "google", "mail"] });
    const google = async () => {
      const { data } = await post(app, "{ serverHealth { checks { name ok message } } }", { token });
      const { checks } = data?.["serverHealth"] as {
        checks: { name: string; ok: boolean; message: string }[];
      };
      return checks.find(({ name }) => name === "Google");
    };
    assert.match((await google())?.message ?? "", /^Answers in \d+ ms$/);
    app.google.switches.faults = [serverError("certificates", 1)];
    app.clock.advance(61);
    const away = await eventually("the next answer", async () => {
      const check = await google();
      return check?.ok === false && check;
    });
    assert.equal(away.message, "Cannot reach Google: it answers 500");
  },
);

onEachDatabase("serverHealth reports passing checks and recent failures", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken();
  app.modal.switches.newFlows = "denied";
  await post(app, "mutation { startModalTokenFlow { __typename } }", { token });
  const HEALTH =
    `{ serverHealth { checks { name ok message } tailLagSeconds jobs hashQueue subscribers waitingFlows
    series { name unit samples { at value } } recentErrors { type data } } }`;
  const health = await eventually("the failure is told", async () => {
    const { data } = await post(app, HEALTH, { token });
    const health = data?.["serverHealth"] as Record<string, unknown>;
    return (health["recentErrors"] as unknown[]).length > 0 && health;
  });
  assert.deepEqual((health["checks"] as { name: string; ok: boolean }[]).map(({ name, ok }) => [name, ok]), [
    ["database", true],
    ["migrations", true],
    ["event tail", true],
    ["jobs", true],
    ["hash queue", true],
    ["refusals", true],
    ["overload", true],
    ["faults", true],
    ["sign-ins", true],
    ["credential refreshes", true],
    ["latency", true],
    ["Modal", true],
    ["Google", true],
    ["mail", true],
    ["mail queue", true],
    ["credentials", true],
  ]);
  assert.deepEqual((health["recentErrors"] as { type: string }[]).map(({ type }) => type), ["flow.failed"]);
  assert.deepEqual(Object.keys(health["jobs"] as object).sort(), [
    "accounts.forget",
    "api_keys.expire",
    "events.prune",
    "flows.expire",
    "guests.reap",
    "keys.tend",
    "mail.expire",
    "mail.send",
    "vault.reseal",
    "vault.sweep",
  ]);
  const series = health["series"] as { name: string; samples: { at: string; value: number }[] }[];
  const requests = series.find(({ name }) => name === "requests")?.samples ?? [];
  assert.equal(requests.length, 300);
  assert.ok(requests.reduce((sum, { value }) => sum + value, 0) >= 2);
  assert.ok(requests.every(({ at }, index) => index === 0 || at > (requests[index - 1]?.at ?? "")));
});

onPglite("metrics counts only the last five minutes", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const counts = async () => {
    const query =
      "{ metrics { windowSeconds tokenValidations tokenValidationFailures databaseFailures signIns } }";
    return (await post(app, query, { token })).data?.["metrics"];
  };
  await post(app, "{ __typename }", { token: `${token}x` });
  const quiet = { windowSeconds: 300, databaseFailures: 0, signIns: 0 };
  assert.deepEqual({ ...await counts() as object }, {
    ...quiet,
    tokenValidations: 1,
    tokenValidationFailures: 1,
  });
  app.clock.advance(301);
  assert.deepEqual({ ...await counts() as object }, {
    ...quiet,
    tokenValidations: 1,
    tokenValidationFailures: 0,
  });
});

onPglite("modalClient: reports that Modal was reached, with its warnings", async (database) => {
  await using app = await startApp({ database, switches: { trailerWarnings: ["old client"] } });
  const { data } = await post(app, MODAL_CLIENT, { token: await app.operatorToken("READ") });
  const { latencyMs, ...rest } = data?.["modalClient"] as Record<string, unknown>;
  assert.ok(typeof latencyMs === "number" && latencyMs >= 0);
  assert.deepEqual(rest, {
    serverUrl: app.modal.url,
    reachable: true,
    warnings: ["old client"],
    failure: null,
  });
});

const MODAL_CLIENT =
  "{ modalClient { serverUrl reachable latencyMs warnings failure { code message actionRequired } } }";

onPglite("modalClient: reports with a remedy that Modal cannot be reached", async (database) => {
  const keys = newKeyring();
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("hello"),
  );
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  closed.close();
  const ends = [
    [http.addr.port, "MODAL_REJECTED", /not Modal's API/],
    [closed.addr.port, "PROVIDER_UNAVAILABLE", /Modal cannot be reached/],
  ] as const;
  for (const [port, code, message] of ends) {
    const url = `http://127.0.0.1:${port}`;
    await using app = await startApp({ database, keys, env: { MODAL_SERVER_URL: url } });
    const { data } = await post(app, MODAL_CLIENT, { token: await app.operatorToken("READ") });
    const { failure, ...rest } = data?.["modalClient"] as { failure: Record<string, string> };
    assert.deepEqual(rest, { serverUrl: url, reachable: false, latencyMs: null, warnings: [] });
    assert.equal(failure["code"], code);
    assert.match(failure["message"] ?? "", message);
    assert.match(failure["actionRequired"] ?? "", /MODAL_SERVER_URL|network/);
  }
  await http.shutdown();
});

onPglite("modalClient: reports why Modal refuses the client", async (database) => {
  const faults = [{ status: status.FAILED_PRECONDITION, text: "Invalid client version" }];
  await using app = await startApp({ database, switches: { faults } });
  const { data } = await post(app, MODAL_CLIENT, { token: await app.operatorToken("READ") });
  const { reachable, failure } = data?.["modalClient"] as {
    reachable: boolean;
    failure: Record<string, string>;
  };
  assert.equal(reachable, false);
  assert.equal(failure["code"], "MODAL_REJECTED");
  assert.match(failure["actionRequired"] ?? "", /Update/);
});
