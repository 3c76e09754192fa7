import assert from "node:assert/strict";
import { createTransport, type RequestRefused } from "../../src/client/transport.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import { headPosition } from "../../src/events/event_store.ts";
import { newEvent, readEvents, SYSTEM, writeEvents } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { recurringWork } from "../../src/wiring/recurring_work.ts";
import { startApp, type TestApp, testConfig } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { FollowEvents, START } from "../support/logged_events.ts";

const ReadEvents = graphql(`
  query ReadEvents($first: Int, $after: String, $flowId: ID, $types: [String!]) {
    events(first: $first, after: $after, flowId: $flowId, types: $types) {
      nodes { type cursor }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const DAY = 24 * 60 * 60;
const REFUSAL = "email_code.rejected";

/** Deletes old events as the recurring job does. */
async function prune(app: TestApp, env: Record<string, string> = {}, stop = new AbortController().signal) {
  const job = recurringWork(app.services, testConfig(env)).find(({ name }) => name === "events.prune");
  assert.ok(job);
  await job.run(stop);
}

/** Writes a change of a flow and a refusal, `times` times. */
async function writePairs(app: TestApp, flowId: string, times = 1): Promise<void> {
  const pair = () => [
    newEvent(app.services, "flow.changed", SYSTEM, { flowId }, { step: "x" }),
    newEvent(app.services, REFUSAL, SYSTEM, { flowId }, { attemptsLeft: 1 }),
  ];
  await writeEvents(app.services, Array.from({ length: times }, pair).flat());
  await app.services.eventLog.settled();
}

/** Reads a flow's events page by page. After an expired cursor, continues from the one in the error. */
async function readAll(app: TestApp, flowId: string, after: string | null = null, types?: string[]) {
  const client = await app.operator("READ");
  const [seen, expired]: [string[], string[]] = [[], []];
  for (let more = true; more;) {
    try {
      const { events } = await client.request(ReadEvents, { first: 2, after, flowId, types: types ?? null });
      seen.push(...events.nodes.map(({ type }) => type));
      [more, after] = [events.pageInfo.hasNextPage, events.pageInfo.endCursor];
    } catch (error) {
      const { code, cursor } = error as { code?: string; cursor?: string };
      assert.equal(code, "CURSOR_EXPIRED");
      assert.ok(cursor && expired.push(cursor) < 3, "it continues from the given cursor");
      after = cursor;
    }
  }
  return { seen, expired: expired.length };
}

onEachDatabase("refusals are deleted after 90 days and other events are kept", async (database) => {
  await using app = await startApp({ database });
  const flowId = newId("flw");
  await writePairs(app, flowId, 3);
  await prune(app);
  assert.equal((await readAll(app, flowId, START)).seen.length, 6);
  app.clock.advance(91 * DAY);
  await writePairs(app, flowId);
  await prune(app);
  const changed = "flow.changed";
  assert.deepEqual(await readAll(app, flowId), {
    seen: [changed, changed, changed, changed, REFUSAL],
    expired: 0,
  });
  await prune(app, { EVENT_DAYS: "1", REFUSAL_DAYS: "0" });
  assert.deepEqual((await readAll(app, flowId)).seen, [changed, REFUSAL]);
});

onEachDatabase("a cursor before deleted events is refused with one to continue from", async (database) => {
  await using app = await startApp({ database });
  const flowId = newId("flw");
  await writePairs(app, flowId, 3);
  app.clock.advance(91 * DAY);
  await prune(app);
  await writePairs(app, flowId, 2);
  const left = [..."012"].map(() => "flow.changed").concat("flow.changed", REFUSAL, "flow.changed", REFUSAL);
  assert.deepEqual(await readAll(app, flowId, START), { seen: left, expired: 1 });
  assert.deepEqual(await readAll(app, flowId), { seen: left, expired: 0 });
  // None of these types was deleted.
  assert.equal((await readAll(app, flowId, START, ["flow.changed"])).expired, 0);
  assert.equal((await readAll(app, flowId, START, ["flow.changed", REFUSAL])).expired, 1);
});

onEachDatabase(
  "a subscription after a cursor before deleted events is refused, and can continue with the others",
  async (database) => {
    await using app = await startApp({ database });
    const flowId = newId("flw");
    await writePairs(app, flowId, 3);
    app.clock.advance(91 * DAY);
    const client = await app.operator("READ");
    await prune(app);
    await writePairs(app, flowId);
    const follow = async (after: string) => {
      const seen: { type: string; cursor: string }[] = [];
      for await (const { events } of client.subscribe(FollowEvents, { flowId, after })) {
        if (seen.push(events) === 3) return seen;
      }
      return seen;
    };
    let cursor = "";
    await assert.rejects(follow(START), (error: RequestRefused) => {
      cursor = error.cursor ?? "";
      return error.code === "CURSOR_EXPIRED";
    });
    const seen = await follow(cursor);
    assert.deepEqual(seen.map(({ type }) => type), ["flow.changed", "flow.changed", "flow.changed"]);
    // Its cursors do not expire, although some are before the deleted events.
    const next = await readAll(app, flowId, seen[0]?.cursor);
    assert.deepEqual(next, {
      seen: ["flow.changed", "flow.changed", "flow.changed", REFUSAL],
      expired: 0,
    });
  },
);

onEachDatabase("many events are deleted in batches, until the server stops", async (database) => {
  await using app = await startApp({ database });
  const flowId = newId("flw");
  await writePairs(app, flowId, 2_100);
  app.clock.advance(91 * DAY);
  await prune(app, {}, AbortSignal.abort());
  const count = async (types: string[]) => {
    const { data } = await query(app, `{ events(flowId: "${flowId}", types: ["${types}"]) { totalCount } }`);
    return data;
  };
  assert.deepEqual(await count([REFUSAL]), { events: { totalCount: 2_100 } });
  await prune(app);
  assert.deepEqual(await count([REFUSAL]), { events: { totalCount: 0 } });
  assert.deepEqual(await count(["flow.changed"]), { events: { totalCount: 2_100 } });
});

async function query(app: TestApp, document: string) {
  const { send } = createTransport({ url: "http://127.0.0.1:4000", fetch: (request) => app.fetch(request) });
  const headers = { authorization: `Bearer ${await app.operatorToken("READ")}` };
  return { data: await send({ query: document as never, variables: {} }, { headers }) };
}

onPglite("a log whose events are all deleted keeps its last position", async (database) => {
  await using app = await startApp({ database });
  await writePairs(app, newId("flw"));
  const { position } = app.services.eventLog;
  app.clock.advance(91 * DAY);
  await prune(app, { EVENT_DAYS: "1" });
  assert.deepEqual(await readEvents(app.services.db, { limit: 1 }), []);
  assert.equal(await headPosition(app.services.db), position);
});
