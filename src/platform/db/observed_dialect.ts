import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from "kysely";
import { Unavailable } from "../../lib/errors.ts";
import { codeOf, isLostConnection, READ_ONLY } from "./lost_connection.ts";
import { againOnConflict } from "./retry.ts";

/** Called after every statement, with its outcome. */
export type DatabaseObserver = (outcome: "ok" | "failed") => void;

/**
 * Wraps `dialect`: counts statements, and throws failures of the database itself (unreachable, read-only, full,
 * too many connections) as `Unavailable`. A single statement that failed in a serialization conflict or
 * deadlock is retried; for transactions the caller retries. Failures of the statement itself (a constraint, a
 * wrong column) pass through to the store.
 */
export function observedDialect(dialect: Dialect, observe: DatabaseObserver): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => observedDriver(dialect.createDriver(), observe),
  };
}

/** Wraps connections. The driver itself gets the original, because it only knows those. */
function observedDriver(driver: Driver, observe: DatabaseObserver): Driver {
  const originals = new WeakMap<DatabaseConnection, DatabaseConnection>();
  const wrappers = new WeakMap<DatabaseConnection, DatabaseConnection>();
  const original = (connection: DatabaseConnection) => originals.get(connection) ?? connection;
  const inTransaction = new WeakSet<DatabaseConnection>();
  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work();
      observe("ok");
      return result;
    } catch (error) {
      observe("failed");
      throw asUnavailable(error);
    }
  };
  const wrap = (connection: DatabaseConnection): DatabaseConnection => {
    const known = wrappers.get(connection);
    if (known) return known;
    const wrapper: DatabaseConnection = {
      executeQuery: <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
        const execute = () => watched(() => connection.executeQuery<R>(query));
        return inTransaction.has(connection) ? execute() : againOnConflict(execute);
      },
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
    originals.set(wrapper, connection);
    wrappers.set(connection, wrapper);
    return wrapper;
  };
  return {
    init: () => driver.init(),
    acquireConnection: async () => {
      try {
        return wrap(await driver.acquireConnection());
      } catch (error) {
        observe("failed");
        // The reason (unreachable, full, access denied) does not matter to the caller.
        throw new Unavailable("Cannot reach the database", { cause: error });
      }
    },
    beginTransaction: (connection, settings) => {
      inTransaction.add(original(connection));
      return watched(() => driver.beginTransaction(original(connection), settings));
    },
    commitTransaction: (connection) => watched(() => driver.commitTransaction(original(connection))),
    // A lost connection cannot be rolled back and does not need it. The caller must see the original error.
    rollbackTransaction: (connection) => driver.rollbackTransaction(original(connection)).catch(() => {}),
    releaseConnection: (connection) => {
      inTransaction.delete(original(connection));
      return driver.releaseConnection(original(connection));
    },
    destroy: () => driver.destroy(),
  };
}

/**
 * SQLSTATE: 08 connection, 53 resources (disk, memory, connections), 57P shutdown, 58 system, 25006 read-only; and a
 * statement (57014), a lock (55P03) or a transaction (25P03, 25P04) that took longer than the database allows.
 */
const DATABASE_STATES = /^(08|53|57P|57014|55P03|58|25006|25P03|25P04)/;

/** The message of `pg` for a connection that was not obtained in time. */
const LATE = /timeout exceeded when trying to connect/i;

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code === READ_ONLY) {
    return new Unavailable("Cannot store this: the database is read-only", { cause: error });
  }
  if (code === "53100") {
    return new Unavailable("Cannot store this: the database's disk is full", { cause: error });
  }
  // A pooler lost a prepared statement within a transaction. A retry runs without prepared statements.
  if (code === "26000" || code === "42P05") {
    return new Unavailable("Cannot use this connection to the database", { cause: error });
  }
  if (isLostConnection(error) || DATABASE_STATES.test(code) || LATE.test(error.message)) {
    return new Unavailable("Cannot reach the database", { cause: error });
  }
  return error;
}
