import assert from "node:assert/strict";
import { type Kysely, sql } from "kysely";
import { type Database, openPostgres } from "../../src/platform/db/database.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import { readEvents, sequenceEvents } from "../../src/events/event_store.ts";
import type { AuthEvent } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { startApp } from "../support/app.ts";
import { newPostgres, onPostgres } from "../support/databases.ts";
import { eventually, pause, times } from "../support/eventually.ts";
import { holdOpen, nameOf, numbered, record, recordEach, take } from "../support/logged_events.ts";

onPostgres("R50: late commits are delivered, and rolled-back events are not", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const flowId = newId("flw");
  const first = await holdOpen(app.services, flowId, "first written");
  const undone = await holdOpen(app.services, flowId, "rolled back");
  const second = await holdOpen(app.services, flowId, "second written");
  await recordEach(app.services, flowId, ["third written"]);
  const [third] = await take(operator, flowId, 1);
  await second.commit();
  await undone.rollback();
  const [, late] = await take(operator, flowId, 2);
  await first.commit();
  await recordEach(app.services, flowId, ["last"]);
  const whole = await take(operator, flowId, 4);
  assert.deepEqual(whole.map(({ name }) => name), [
    "third written",
    "second written",
    "first written",
    "last",
  ]);
  assert.deepEqual(
    await take(operator, flowId, 2, late?.cursor),
    whole.slice(2),
    "the cursor continues from there",
  );
  assert.deepEqual(whole.slice(0, 2), [third, late]);
});

onPostgres("R50: an open transaction does not delay other events", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("READ");
  const flowId = newId("flw");
  const open = await holdOpen(app.services, newId("flw"), "open all the time");
  await recordEach(app.services, flowId, numbered("", 20));
  assert.deepEqual((await take(operator, flowId, 20)).map(({ name }) => name), numbered("", 20));
  await open.rollback();
});

/**
 * Runs writers, sequencers that fail in the middle of their transactions, and one reader concurrently. No event may be
 * lost or repeated, and none may appear at a position that the reader has passed.
 */
Deno.test("R50: concurrent sequencers that fail at random neither lose nor repeat events [postgres]", async () => {
  await using database = await newPostgres();
  await using setup = opened(await database.open());
  await sabotageSequencing(setup.db);
  const flowId = newId("flw");
  const sequencerUrl = `${database.url}?application_name=sequencer`;

  let writing = true;
  const writers = times(6, async (writer) => {
    await using own = opened(openPostgres({ url: database.url, maxConnections: 1 }));
    for (const name of numbered(`${writer}-`, 120)) await writeSometimesUndone(own.db, flowId, name);
  }).finally(() => writing = false);

  let failures = 0;
  const sequencers = times(4, async () => {
    await using own = opened(openPostgres({ url: sequencerUrl, maxConnections: 2 }));
    while (writing) {
      await sequenceEvents(own.db).catch(() => failures++);
      await pause(Math.random() * 5);
    }
  });
  const killer = (async () => {
    while (writing) {
      await killOne(setup.db);
      await pause(20);
    }
  })();
  const passed: AuthEvent[] = [];
  const reader = (async () => {
    while (writing) {
      passed.push(...await readEvents(setup.db, { after: passed.at(-1)?.position ?? 0, limit: 50 }));
    }
  })();
  await Promise.all([writers, sequencers, killer, reader]);
  assert(failures > 5, `too few failures to test anything: ${failures} failures`);

  await sql`drop trigger sabotage on events`.execute(setup.db);
  while (await sequenceEvents(setup.db) !== 0);
  passed.push(...await readEvents(setup.db, { after: passed.at(-1)?.position ?? 0, limit: 10_000 }));
  const log = await readEvents(setup.db, { limit: 10_000 });
  assert.deepEqual(passed.map((event) => event.position), log.map((event) => event.position));
  const names = log.map((event) => nameOf(event.data));
  assert.deepEqual([...names].sort(), times6x120().sort());
  // Each writer waits for its commit before the next write, so its own events are in order.
  for (const writer of numbered("", 6)) {
    const own = names.filter((name) => name.startsWith(`${writer}-`));
    assert.deepEqual(own, numbered(`${writer}-`, 120));
  }
});

onPostgres("R50: under load, subscribers on two instances get the same log", async (database) => {
  await using one = await startApp({ database });
  await using other = await startApp({ database, modal: one.modal, keys: one.services.keys });
  const token = await one.operatorToken("READ");
  const flowId = newId("flw");
  const seen = Promise.all([one, other].map((app) => take(app.client(token), flowId, 400)));
  await times(8, async (writer) => {
    const { services } = writer % 2 ? one : other;
    await recordEach(services, flowId, numbered(`${writer}-`, 50));
    services.wakeLog();
  });
  const [atOne, atOther] = await seen;
  assert.deepEqual(atOne, atOther);
  assert.equal(new Set(atOne?.map(({ name }) => name)).size, 400);
  await eventually("every event has a position", async () => {
    return (await one.services.db.selectFrom("unsequenced_events").select("id").execute()).length === 0;
  });
});

onPostgres("R50: more events than one batch are all sequenced", async (database) => {
  await using app = await startApp({ database });
  const flowId = newId("flw");
  await sql`
    insert into unsequenced_events (id, at, type, actor, flow_id, data)
    select 'evt_' || n, now(), 'flow.changed', 'system', ${flowId}::text, jsonb_build_object('step', n::text)
    from generate_series(0, 2499) n`.execute(app.services.db);
  await app.services.eventLog.settled();
  const log = await readEvents(app.services.db, { limit: 10_000 }, { flowId });
  assert.deepEqual(log.map((event) => nameOf(event.data)), numbered("", 2_500));
  assert.equal(app.services.eventLog.position, log.at(-1)?.position);
});

function opened(database: Database): Database & AsyncDisposable {
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

/** Makes every sequencing slow, and about every third one fail after its write. */
async function sabotageSequencing(db: Kysely<Tables>): Promise<void> {
  await sql`
    create function sabotage() returns trigger language plpgsql as $$ begin
      perform pg_sleep(random() * 0.02);
      if random() < 0.3 then raise exception 'sabotaged'; end if;
      return null;
    end $$`.execute(db);
  await sql`create trigger sabotage after insert on events for each statement execute function sabotage()`
    .execute(db);
}

/** Commits the event `name`. One time in five, writes and rolls back another event first. */
async function writeSometimesUndone(db: Kysely<Tables>, flowId: string, name: string): Promise<void> {
  if (Math.random() < 0.2) {
    const undone = await holdOpen({ db }, flowId, "rolled back");
    await undone.rollback();
  }
  await db.transaction().execute(async (tx) => {
    await record(tx, flowId, name);
    await pause(Math.random() * 3);
  });
}

async function killOne(db: Kysely<Tables>): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from (
      select pid from pg_stat_activity
      where application_name = 'sequencer' and datname = current_database() and xact_start is not null
      order by random() limit 1) one`.execute(db);
}

function times6x120(): string[] {
  return numbered("", 6).flatMap((writer) => numbered(`${writer}-`, 120));
}
