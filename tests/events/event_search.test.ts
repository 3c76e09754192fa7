import assert from "node:assert/strict";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql, type VariablesOf } from "../../src/client/operator/graphql.ts";
import { subjectHash } from "../../src/accounts/refusals/subject_hash.ts";
import { logEvent, type NewEvent, SYSTEM, writeEvents } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { newPerson } from "../support/people.ts";

const SearchEvents = graphql(`
  query SearchEvents(
    $first: Int, $last: Int, $types: [String!], $userId: ID, $flowId: ID, $credentialId: ID, $ipAddress: String,
    $since: DateTime, $until: DateTime, $reason: String, $subject: String, $text: String
  ) {
    events(
      first: $first, last: $last, types: $types, userId: $userId, flowId: $flowId, credentialId: $credentialId,
      ipAddress: $ipAddress, since: $since, until: $until, reason: $reason, subject: $subject, text: $text
    ) {
      totalCount
      nodes { id type data }
    }
  }
`);

const FollowSearch = graphql(`
  subscription FollowSearch(
    $types: [String!], $userId: ID, $flowId: ID, $credentialId: ID, $ipAddress: String,
    $since: DateTime, $until: DateTime, $reason: String, $subject: String, $text: String
  ) {
    events(
      types: $types, userId: $userId, flowId: $flowId, credentialId: $credentialId,
      ipAddress: $ipAddress, since: $since, until: $until, reason: $reason, subject: $subject, text: $text
    ) { id type data }
  }
`);

type Search = Omit<VariablesOf<typeof SearchEvents>, "first" | "last">;

/** Less than the buffer of a subscription, so that subscriptions match the events in memory. */
const EVENTS = 150;
const SEARCHES = 40;

/** How much the order of times differs from that of positions: less than the search allows. */
const DISORDER_MS = 4 * 60_000;

onEachDatabase("random searches find the same events in pages and live", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const person = await newPerson(app);
  const world = worldOf(app, person.id);
  const templates = Array.from({ length: SEARCHES }, () => randomEvent(world));
  const searches = templates.map((template) => randomSearch(template, person));
  const before = app.services.eventLog.listeners;
  const heard = searches.map((search, index) => within(`search ${index}`, idsUntil(operator, search, index)));
  // Each subscription also listens for the end of the operator's token.
  await eventually("all subscribe", () => app.services.eventLog.listeners === before + 2 * SEARCHES);
  const events = Array.from({ length: EVENTS }, () => randomEvent(world));
  await writeEvents(app.services, events);
  await writeEvents(
    app.services,
    templates.map((template, index) => ({
      ...template,
      id: newId("evt"),
      data: JSON.stringify({ ...JSON.parse(template.data), last: index }),
    })),
  );
  await app.services.eventLog.settled();
  const written = new Set(events.map(({ id }) => id));
  let found = 0;
  for (const [index, search] of searches.entries()) {
    const ids = (await heard[index])?.filter((id) => written.has(id));
    const oldest = await pageOf(operator, { ...search, first: 500 });
    const newest = await pageOf(operator, { ...search, last: 500 });
    const what = JSON.stringify(search);
    assert.deepEqual(oldest.filter((id) => written.has(id)), ids, what);
    assert.deepEqual(newest, oldest, what);
    found += ids?.length ?? 0;
  }
  assert.ok(found > SEARCHES && found < SEARCHES * EVENTS / 2, `${found} events are found by chance`);
});

/** The values that random events have: few, so that searches find several. */
function worldOf({ services }: TestApp, personId: string) {
  return {
    now: Date.now(),
    userId: [personId, newId("usr"), null],
    flowId: [newId("flw"), newId("flw"), null],
    credentialId: [newId("crd"), null, null],
    sessionId: [newId("ses"), null],
    ipAddress: [
      "10.0.0.1",
      "10.0.0.12",
      "2001:db8::1",
      "2001:db8::2:0:0:1",
      "2001:db8:0:1::a",
      "fade::1",
      null,
    ],
    actor: ["system", "operator:ada", "api_key:key_1"],
    type: ["flow.failed", "password.rejected", "sign_in.refused", "session.revoked", "flow.fade"],
    reason: ["RATE_LIMITED", "rate_other", "Straße", "100%", undefined],
    code: ["RATE_LIMITED", "FLOW_ENDED", undefined],
    subject: [subjectHash(services.keys.current, "ghost"), undefined],
    requestId: ["req_0123456789ab", "0123456789abcdef0123456789abcdef", undefined],
  };
}

function randomEvent(world: ReturnType<typeof worldOf>): NewEvent {
  return {
    id: newId("evt"),
    at: new Date(world.now + Math.floor(Math.random() * 20) * DISORDER_MS / 20),
    type: pick(world.type),
    actor: pick(world.actor),
    user_id: pick(world.userId),
    session_id: pick(world.sessionId),
    flow_id: pick(world.flowId),
    credential_id: pick(world.credentialId),
    ip_address: pick(world.ipAddress),
    data: JSON.stringify({
      reason: pick(world.reason),
      code: pick(world.code),
      subject: pick(world.subject),
      requestId: pick(world.requestId),
    }),
  };
}

/** A search with one to three conditions that `event` matches. */
function randomSearch(event: NewEvent, person: { id: string; username: string }): Search {
  const data = JSON.parse(event.data) as Record<string, string>;
  const reason = data["reason"] ?? data["code"];
  const at = new Date(event.at).getTime();
  const { ip_address: address, flow_id, credential_id, session_id, user_id } = event;
  const subject = data["subject"] ? "Ghost" : pick([data["requestId"], flow_id, session_id, credential_id]);
  const words = [...event.type.split("."), event.type, ...[reason, address].filter((word) => word != null)]
    .filter((word) => /^[!-~]+$/.test(word));
  const word = pick(words);
  const conditions: Search[] = [
    { types: [event.type, pick(["flow.failed", "no.such"])] },
    { since: new Date(at).toISOString(), until: new Date(at + DISORDER_MS / 4).toISOString() },
    { until: new Date(at + 1).toISOString() },
    { text: pick([word, word.toUpperCase(), word.slice(0, 1 + Math.floor(Math.random() * word.length))]) },
    ...(user_id ? [{ userId: user_id }] : []),
    ...(flow_id ? [{ flowId: flow_id }] : []),
    ...(credential_id ? [{ credentialId: credential_id }] : []),
    ...(address ? [{ ipAddress: pick([address, networkOf(address)]) }] : []),
    ...(reason ? [{ reason }] : []),
    ...(subject ? [{ subject }] : []),
    ...(user_id ? [{ subject: user_id === person.id ? person.username : user_id }] : []),
  ];
  return Object.assign(
    {},
    ...Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => pick(conditions)),
  );
}

function networkOf(address: string): string {
  return address.includes(":") ? `${address}/64` : `${address}/32`;
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}

/** The ids of the events before the one that ends this search, without those that end others. */
async function idsUntil(client: Client, search: Search, index: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events: { id, data } } of client.subscribe(FollowSearch, search)) {
    const { last } = data as { last?: number };
    if (last === index) return ids;
    if (last === undefined) ids.push(id);
  }
  return ids;
}

async function pageOf(client: Client, search: VariablesOf<typeof SearchEvents>) {
  const { events: { nodes, totalCount } } = await client.request(SearchEvents, search);
  assert.equal(totalCount, nodes.length, JSON.stringify(search));
  return nodes.map(({ id }) => id);
}

onEachDatabase("a subject is a name with or without a user, or an id", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const ada = await newPerson(app);
  const flowId = newId("flw");
  const refusal = { operation: "register", reason: "WEAK_PASSWORD" };
  const ghost = subjectHash(app.services.keys.current, "ghost@example.test");
  const origin = { ...SYSTEM, requestId: "req_0123456789ab" };
  await logEvent(app.services, "sign_in.refused", origin, {}, { ...refusal, subject: ghost });
  await logEvent(app.services, "flow.changed", SYSTEM, { flowId }, { step: "x" });
  await app.services.eventLog.settled();
  const typesOf = async (subject: string) => {
    const { events } = await operator.request(SearchEvents, { subject });
    return events.nodes.map(({ type }) => type);
  };
  assert.deepEqual(await typesOf(" Ghost@Example.test "), ["sign_in.refused"]);
  assert.deepEqual(await typesOf("req_0123456789ab"), ["sign_in.refused"]);
  assert.deepEqual(await typesOf(flowId), ["flow.changed"]);
  assert.ok((await typesOf(ada.username.toUpperCase())).includes("user.registered"));
  assert.deepEqual(await typesOf(ada.id), await typesOf(ada.username));
  assert.deepEqual(await typesOf(ada.sessionId), ["session.issued"]);
  for (const unknown of ["nobody", "", "@", "a b", newId("ses"), "x".repeat(300)]) {
    assert.deepEqual(await typesOf(unknown), [], unknown);
  }
});

onEachDatabase("invalid searches are rejected with INVALID_INPUT", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const invalid: Search[] = [
    ...["", "10.0.0", "10.0.0.0/8", "2001:db8::/32", "::1/65", "ada", "10.0.0.1/"].map((ipAddress) => ({
      ipAddress,
    })),
    ...["", " ", "two words", "é", "a\0", "x".repeat(65)].map((text) => ({ text })),
    { reason: "x".repeat(321) },
    { reason: "\0" },
    { subject: "x".repeat(321) },
    { subject: "\0" },
    { since: "0000-01-01T00:00:00.000Z" },
    { until: "1969-12-31T23:59:59.999Z" },
  ];
  for (const search of invalid) {
    await assert.rejects(
      operator.request(SearchEvents, search),
      { code: "INVALID_INPUT" },
      JSON.stringify(search),
    );
  }
  for (const text of ["%", "_", "\\", "'", '"', "*", "("]) {
    assert.deepEqual(await pageOf(operator, { text }), [], text);
  }
  assert.deepEqual(await pageOf(operator, { reason: "\ud800" }), []);
});

onPglite("users find only their own events, and not by an operator's address", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newPerson(app), await newPerson(app)];
  const operator = { actor: "operator:root", ipAddress: "192.0.2.99" } as const;
  await logEvent(app.services, "user.disabled", operator, { userId: eve.id }, {});
  await app.services.eventLog.settled();
  const client = app.client(eve.accessToken);
  const typesOf = async (search: Search) => {
    const { events } = await client.request(SearchEvents, search);
    return events.nodes.map(({ type }) => type);
  };
  assert.deepEqual(await typesOf({ subject: ada.username }), []);
  assert.deepEqual(await typesOf({ subject: ada.id }), []);
  assert.deepEqual(await typesOf({ subject: eve.username }), await typesOf({}));
  assert.deepEqual(await typesOf({ text: "user.dis" }), ["user.disabled"]);
  for (const search of [{ ipAddress: "192.0.2.99" }, { text: "192." }]) {
    assert.deepEqual(await typesOf(search), [], JSON.stringify(search));
    const { events } = await (await app.operator("READ")).request(SearchEvents, search);
    assert.deepEqual(events.nodes.map(({ type }) => type), ["user.disabled"], JSON.stringify(search));
  }
});
