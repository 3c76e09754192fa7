import { sql } from "kysely";
import type { Kysely } from "kysely";
import pg from "pg";
import { prepareSession } from "./session_settings.ts";
import type { Tables } from "./tables.ts";

const CHANNEL = "sallyport_events";

/** Pause before listening again after a lost connection. The log's polling covers the gap. */
const RETRY_MS = 1_000;

/**
 * Notifies the other instances of new events. The hint has no content; a lost one delays events by one poll
 * interval.
 */
export async function notifyInstances(db: Kysely<Tables>): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(db);
}

/** Calls `onHint` for each notification. Uses its own connection and reconnects when it is lost. */
export function listenOnPostgres(config: pg.ClientConfig, onHint: () => void): { close(): Promise<void> } {
  let closed = false;
  let client: pg.Client | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const retry = (failed: pg.Client) => {
    if (client !== failed) return;
    client = undefined;
    failed.end().catch(() => {});
    if (!closed) timer = setTimeout(() => void connect(), RETRY_MS);
  };
  const connect = async () => {
    const mine = client = new pg.Client(config);
    mine.on("error", () => retry(mine));
    mine.on("end", () => retry(mine));
    mine.on("notification", onHint);
    try {
      await mine.connect();
      await prepareSession(mine);
      await mine.query(`listen ${CHANNEL}`);
    } catch {
      retry(mine);
    }
  };
  const connected = connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await connected;
      const mine = client;
      client = undefined;
      await mine?.end().catch(() => {});
    },
  };
}
