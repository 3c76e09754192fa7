import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import { startEventLog } from "../../src/events/event_log.ts";
import { logEvent, recordEvent, SYSTEM } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { startApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, pause, within } from "../support/eventually.ts";
import { FollowEvents, nameOf, numbered, record, recordEach, START, take } from "../support/logged_events.ts";
import { newPerson } from "../support/people.ts";

const PageOfEvents = graphql(`
  query PageOfEvents(
    $first: Int, $last: Int, $after: String, $before: String, $types: [String!], $flowId: ID, $userId: ID,
    $credentialId: ID
  ) {
    events(
      first: $first, last: $last, after: $after, before: $before, types: $types, flowId: $flowId, userId: $userId,
      credentialId: $credentialId
    ) {
      nodes { type data }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

/** Texts that are not valid cursors. */
const JUNK = ["", " ", "-1", "1.5", "01", "A", "zzzzzzzzzzzz", "0x1", "1 ", "évt", "x".repeat(1000)];

onEachDatabase("the log can be paged from either end, in order and without gaps", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const flowId = newId("flw");
  await recordEach(app.services, flowId, numbered("", 7));
  await app.services.eventLog.settled();
  const page = async (args: { first?: number; last?: number; after?: string; before?: string }) => {
    const { events } = await operator.request(PageOfEvents, { flowId, ...args });
    return { names: events.nodes.map((event) => nameOf(event.data)).join(""), ...events.pageInfo };
  };
  const first = await page({ first: 3 });
  assert.equal(first.names, "012");
  assert.deepEqual([first.hasNextPage, first.hasPreviousPage], [true, false]);
  const second = await page({ first: 3, after: first.endCursor ?? "" });
  assert.equal(second.names, "345");
  const third = await page({ first: 3, after: second.endCursor ?? "" });
  assert.equal(third.names, "6");
  assert.equal(third.hasNextPage, false);
  assert.equal((await page({ first: 3, after: third.endCursor ?? "" })).names, "");
  const newest = await page({ last: 2 });
  assert.equal(newest.names, "56");
  assert.equal(newest.hasPreviousPage, true);
  assert.equal((await page({ last: 2, before: newest.startCursor ?? "" })).names, "34");
  assert.equal(
    (await page({ first: 5, after: first.endCursor ?? "", before: newest.startCursor ?? "" })).names,
    "34",
  );
  assert.equal((await page({ first: 0 })).names, "");
  assert.equal((await page({})).names, "0123456");
});

onEachDatabase("invalid page sizes and cursors are rejected with INVALID_INPUT", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const invalid = [
    { first: -1 },
    { last: -1 },
    { first: 501 },
    { last: 501 },
    { first: 1, last: 1 },
    { types: Array.from({ length: 51 }, (_, index) => `flow.${"x".repeat(index + 1)}`) },
    ...JUNK.flatMap((cursor) => [{ first: 1, after: cursor }, { last: 1, before: cursor }]),
  ];
  for (const args of invalid) {
    await assert.rejects(
      operator.request(PageOfEvents, args),
      { code: "INVALID_INPUT" },
      JSON.stringify(args),
    );
  }
  for (const after of [...JUNK, "zzzz"]) {
    await assert.rejects(
      async () => {
        for await (const _ of operator.subscribe(FollowEvents, { after }));
      },
      { code: "INVALID_INPUT" },
      after,
    );
  }
});

onEachDatabase("events can be filtered by type, flow and user, in pages and live", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const [flowId, other] = [newId("flw"), newId("flw")];
  await inTransaction(app.services, (tx) => {
    recordEvent(tx, "flow.changed", SYSTEM, { flowId }, { step: "a" });
    recordEvent(tx, "flow.changed", SYSTEM, { flowId: other }, { step: "b" });
    recordEvent(tx, "flow.timed_out", SYSTEM, { flowId }, { message: "c" });
    recordEvent(tx, "flow.changed", SYSTEM, { flowId }, { step: "d" });
  });
  await app.services.eventLog.settled();
  const paged = async (filter: { types?: string[]; flowId?: string; userId?: string; first?: number }) => {
    const { events } = await operator.request(PageOfEvents, filter);
    return events.nodes.map(({ type, data }) => type === "flow.timed_out" ? "c" : nameOf(data)).join("");
  };
  assert.equal(await paged({ flowId }), "acd");
  assert.equal(await paged({ types: ["flow.changed"] }), "abd");
  assert.equal(await paged({ types: ["flow.changed"], flowId }), "ad");
  assert.equal(await paged({ types: ["flow.timed_out", "flow.changed"], first: 4 }), "abcd");
  assert.equal(await paged({ types: [] }), "");
  assert.equal(await paged({ types: ["no.such"] }), "");
  assert.equal(await paged({ flowId, userId: newId("usr") }), "");
  const live: string[] = [];
  const types = ["flow.changed"];
  for await (const { events: event } of operator.subscribe(FollowEvents, { flowId, types, after: START })) {
    live.push(nameOf(event.data));
    if (live.length === 2) await recordEach(app.services, other, ["e"]);
    if (live.length === 2) await recordEach(app.services, flowId, ["f"]);
    if (live.length === 3) break;
  }
  assert.deepEqual(live, ["a", "d", "f"]);
});

onPglite("a user who subscribes to a flow gets only their own events", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newPerson(app), await newPerson(app)];
  const flowId = newId("flw");
  const happens = (userId: string, step: string) =>
    logEvent(app.services, "flow.changed", SYSTEM, { flowId, userId }, { step });
  await happens(eve.id, "first");
  const client = app.client(eve.accessToken);
  const heard: string[] = [];
  for await (const { events: event } of client.subscribe(FollowEvents, { flowId, after: START })) {
    heard.push(nameOf(event.data));
    if (heard.length === 2) break;
    await happens(ada.id, "of another user");
    await happens(eve.id, "second");
  }
  assert.deepEqual(heard, ["first", "second"]);
});

onEachDatabase(
  "events can be filtered by credential, in pages and live; users see only their own",
  async (database) => {
    await using app = await startApp({ database });
    const operator = await app.operator("READ");
    const [ada, grace] = [await newPerson(app, "ada"), await newPerson(app, "grace")];
    const [credentialId, other] = [newId("crd"), newId("crd")];
    const happens = (about: string, label: string) =>
      logEvent(app.services, "credential.updated", SYSTEM, { credentialId: about, userId: ada.id }, {
        provider: "MODAL",
        label,
      });
    for (const [about, label] of [[credentialId, "a"], [other, "b"], [credentialId, "c"]] as const) {
      await happens(about, label);
    }
    await app.services.eventLog.settled();
    const paged = async (
      client: Client,
      args: { last?: number; credentialId?: string; types?: string[] },
    ) => {
      const { events } = await client.request(PageOfEvents, args);
      return events.nodes.map(({ data }) => labelOf(data)).join("");
    };
    assert.equal(await paged(operator, { credentialId }), "ac");
    assert.equal(await paged(operator, { credentialId, last: 1 }), "c");
    assert.equal(await paged(operator, { credentialId, types: ["credential.added"] }), "");
    assert.equal(await paged(app.client(ada.accessToken), { credentialId }), "ac");
    assert.equal(await paged(app.client(grace.accessToken), { credentialId }), "");
    await assert.rejects(paged(operator, { credentialId: ada.id }), { code: "INVALID_INPUT" });
    const live: string[] = [];
    for await (const { events: event } of operator.subscribe(FollowEvents, { credentialId, after: START })) {
      live.push(labelOf(event.data));
      if (live.length === 2) await happens(other, "d");
      if (live.length === 2) await happens(credentialId, "e");
      if (live.length === 3) break;
    }
    assert.deepEqual(live, ["a", "c", "e"]);
  },
);

function labelOf(data: unknown): string {
  return (data as { label: string }).label;
}

onEachDatabase("R50: polling finds an event that was written without a notification", async (database) => {
  await using opened = await database.open().then(closing);
  await using log = closing(await startEventLog(opened, () => new Date()));
  await log.settled();
  const heard: string[] = [];
  log.listen(["type:flow.changed"], (event) => heard.push(nameOf(event.data)));
  // Written directly to the table, so no notification is sent.
  await recordEach(opened, newId("flw"), ["a", "b", "c"]);
  await eventually("all are delivered", () => heard.join("") === "abc");
});

onPostgres("while notifications do not arrive, the log is polled more often", async (database) => {
  await using opened = await database.open().then(closing);
  await using silent = await database.open().then(closing);
  const listening = (works: boolean) => () => Promise.resolve({ works, close: () => Promise.resolve() });
  await using heard = closing(
    await startEventLog({ ...opened, listen: listening(true) }, () => new Date()),
  );
  await using polling = closing(
    await startEventLog({ ...silent, listen: listening(false) }, () => new Date()),
  );
  const order: string[] = [];
  polling.listen(["type:flow.changed"], () => order.push("polling"));
  heard.listen(["type:flow.changed"], () => order.push("heard"));
  await polling.settled();
  await heard.settled();
  // A step that found the other one sequencing is repeated after a few milliseconds.
  await pause(100);
  await recordEach(opened, newId("flw"), ["a"]);
  await eventually("one delivers it", () => order.length > 0);
  assert.equal(order[0], "polling");
});

onPostgres(
  "a listener knows whether notifications arrive, also after its connection was lost",
  async (database) => {
    await using opened = await database.open().then(closing);
    let hints = 0;
    const listening = await opened.listen?.(() => hints++) ?? assert.fail();
    try {
      await eventually("a first one arrives", () => listening.works);
      const before = hints;
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like 'listen %'`.execute(opened.db);
      await eventually("the loss is noticed", () => !listening.works);
      await eventually("it listens again", () => listening.works);
      // One for the loss, and one for what may have been missed.
      assert.ok(hints >= before + 2, `${hints - before}`);
    } finally {
      await listening.close();
    }
  },
);

onEachDatabase("R50: a reader slower than the log gets each event once, in order", async (database) => {
  await using app = await startApp({ database });
  const listenersOfTheApp = app.services.eventLog.listeners;
  const operator = await app.operator("READ");
  const flowId = newId("flw");
  const names = numbered("", 1_500);
  const seen: string[] = [];
  const write = async (some: string[]) => {
    await inTransaction(app.services, async (tx) => {
      for (const name of some) await record(tx.db, flowId, name);
    });
    await app.services.eventLog.settled();
  };
  await write(names.slice(0, 1));
  const reading = async () => {
    for await (const { events: event } of operator.subscribe(FollowEvents, { flowId, after: START })) {
      seen.push(nameOf(event.data));
      // Each write exceeds the reader's buffer while the reader is not reading.
      if (seen.length === 1) await write(names.slice(1, 700));
      if (seen.length === 700) await write(names.slice(700, 1_100));
      if (seen.length === 701) await write(names.slice(1_100));
      if (seen.length === names.length) break;
    }
  };
  await within("all events", reading());
  assert.deepEqual(seen, names);
  await eventually("the reader is removed", () => app.services.eventLog.listeners === listenersOfTheApp);
});

function closing<T extends { close(): Promise<void> }>(thing: T): T & AsyncDisposable {
  return { ...thing, [Symbol.asyncDispose]: () => thing.close() };
}

onPostgres("R50: events of one instance reach subscribers on another", async (database) => {
  await using one = await startApp({ database });
  await using other = await startApp({ database, modal: one.modal, keys: one.services.keys });
  const subscriber = other.client(await one.operatorToken("READ"));
  const flowId = newId("flw");
  const taken = take(subscriber, flowId, 50);
  for (const name of numbered("", 50)) {
    await inTransaction(one.services, (tx) => record(tx.db, flowId, name));
  }
  assert.deepEqual((await taken).map(({ name }) => name), numbered("", 50));
});
