import type { Transaction } from "kysely";
import { againOnConflict } from "../platform/db/retry.ts";
import type { HasDatabase, Tables } from "../platform/db/tables.ts";
import { type NewEvent, writeRecorded } from "./events.ts";

/** Writes to the database and records events. */
export type HasEventLog = HasDatabase & {
  /** Tells the event log's readers at once that something was committed to it. */
  wakeLog: () => void;
};

/** The same services inside a transaction. Only functions that take one may write more than one row. */
export type Tx<S> = Omit<S, "db"> & {
  db: Transaction<Tables>;
  /** What `recordEvent` recorded; written with the commit. */
  events: NewEvent[];
  /** Has `work` done once the transaction has committed, and never when it does not. It must not fail. */
  afterCommit: (work: () => void) => void;
};

/**
 * Runs `work` so that everything it writes commits together or not at all, then wakes the event log. It runs anew
 * when the database undid it for another's sake, so it may change nothing else. Inside,
 * use `tx.db` alone: on the embedded database, which has one connection, another `db` would wait for ever.
 */
export async function inTransaction<S extends HasEventLog, T>(
  services: S,
  work: (tx: Tx<S>) => Promise<T> | T,
): Promise<T> {
  const { result, after } = await againOnConflict(() =>
    services.db.transaction().execute(async (db) => {
      const after: (() => void)[] = [];
      const afterCommit = (work: () => void) => void after.push(work);
      const tx: Tx<S> = { ...services, db, afterCommit, events: [] };
      const result = await work(tx);
      await writeRecorded(tx);
      return { result, after };
    })
  );
  for (const work of after) work();
  services.wakeLog();
  return result;
}
