import type { Transaction } from "kysely";
import { againOnConflict } from "../platform/db/retry.ts";
import type { HasDatabase, Tables } from "../platform/db/tables.ts";
import { type NewEvent, writeRecorded } from "./events.ts";

/** The services that a transaction with events needs. */
export type HasEventLog = HasDatabase & {
  /** Tells this instance's event log that events were committed. */
  wakeLog: () => void;
};

/** The services inside a transaction. A function that writes more than one row must take a `Tx`. */
export type Tx<S> = Omit<S, "db"> & {
  db: Transaction<Tables>;
  /** The events that `recordEvent` recorded; written just before the commit. */
  events: NewEvent[];
  /** Calls `work` after the commit, and not after a rollback. `work` must not throw. */
  afterCommit: (work: () => void) => void;
};

/**
 * Runs `work` in a transaction, writes its events, commits, and wakes the event log. After a serialization failure or a
 * deadlock `work` runs again, so it must not have side effects outside the database; use `tx.afterCommit` for those.
 * Inside `work`, use only `tx.db`: the embedded database has one connection, so another `db` would wait forever.
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
