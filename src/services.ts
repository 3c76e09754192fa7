import type { Kysely, Transaction } from "kysely";
import { againOnConflict } from "./platform/db/retry.ts";
import type { Tables } from "./platform/db/tables.ts";
import type { GoogleApi } from "./providers/google/api/google_api.ts";
import type { Enqueue } from "./platform/jobs/queue.ts";
import type { Keyring } from "./platform/keys/root_key.ts";
import { type NewEvent, writeRecorded } from "./events/events.ts";
import type { Allowances } from "./operations/limits/allowances.ts";
import type { Limits } from "./operations/limits/limits.ts";
import type { LinkLifetimes } from "./accounts/links/links.ts";
import type { Count } from "./operations/metrics/metrics.ts";
import type { ModalApi } from "./providers/modal/api/modal_api.ts";
import type { HashQueue } from "./sign_in/password/hash_queue.ts";
import type { SessionIssuer } from "./accounts/sessions/issue_session.ts";
import type { RevokedSessions } from "./accounts/sessions/revoked_sessions.ts";
import type { TimingFailures } from "./accounts/sessions/token_timing.ts";
import type { StateRequirements } from "./accounts/states/requirements.ts";
import type { Refresher } from "./vault/refresh.ts";

/** What domain functions may ask for. A function's first argument picks what it uses of these, and no more. */
export type Services = {
  db: Kysely<Tables>;
  now: () => Date;
  /** Bytes from a cryptographic source. */
  random: (bytes: number) => Uint8Array;
  /** Says that something was committed to the event log, so that its readers learn of it at once. */
  wakeLog: () => void;
  keys: Keyring;
  refresher: Refresher;
  /** What ends within this time is refreshed, and EXPIRING until it is; see `healthOf`. */
  refreshHorizonSeconds: number;
  modal: ModalApi;
  /** Where it is not configured, its methods throw `GoogleNotConfigured`. */
  google: GoogleApi;
  /** Counts one, for the metrics. */
  count: (what: Count, by?: number) => void;
  limits: Limits;
  /** The generous limits, against floods. */
  allowances: Allowances;
  /** Makes and checks hashes of passwords, in their turn. */
  passwords: HashQueue;
  leastPasswordCharacters: number;
  sessions: SessionIssuer;
  revokedSessions: RevokedSessions;
  timingFailures: TimingFailures;
  stateRequirements: StateRequirements;
  /** Where people reach this server, without a slash at the end. */
  publicUrl: () => string;
  /** Whose pages may call us and be gone back to, besides our own. */
  allowedOrigins: readonly string[];
  emailCodeSeconds: number;
  /** How many seconds a mailed link is good for. */
  linkSeconds: LinkLifetimes;
  /** The part of a statement that puts work into a queue. */
  enqueue: Enqueue;
  /** Whether mail can be sent here. Where it cannot, whoever needs it throws `MailNotConfigured`. */
  mailConfigured: boolean;
  /** The lease under which this process holds waits. */
  instanceId: string;
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
export async function inTransaction<S extends Pick<Services, "db" | "wakeLog">, T>(
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
