import { type Kysely, type RawBuilder, sql } from "kysely";
import { openPostgres } from "../../src/platform/db/database.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import type { TestDatabase } from "./databases.ts";
import { eventually } from "./eventually.ts";

/** An app with one connection per racer, so that they compete in the database and not for the pool. */
export function wide(database: TestDatabase, racers: number): TestDatabase {
  const { url = "" } = database;
  const open: TestDatabase["open"] = (observe) =>
    Promise.resolve(openPostgres({ url, maxConnections: racers + 5 }, observe));
  return { ...database, open };
}

/** Holds the locks of `statement` until `racers` statements wait for them, then commits, so that all continue. */
export async function barrier(
  db: Kysely<Tables>,
  statement: RawBuilder<unknown>,
  racers: number,
): Promise<{ opened: Promise<void> }> {
  const holder = await db.startTransaction().execute();
  await statement.execute(holder);
  return { opened: waitingForLocks(db, racers).finally(() => holder.commit().execute()) };
}

/** Resolves when this number of statements wait for locks. */
export async function waitingForLocks(db: Kysely<Tables>, count: number): Promise<void> {
  const waiting = () =>
    sql<{ count: number }>`select count(*) as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  await eventually(`${count} racers wait`, async () => (await waiting()).rows[0]?.count === count);
}

/** Locks a row, for a `barrier`. */
export function lockedRow(table: "sessions" | "users", id: string): RawBuilder<unknown> {
  return sql`select 1 from ${sql.table(table)} where id = ${id} for update`;
}
