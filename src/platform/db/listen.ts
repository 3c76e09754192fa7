import { sql } from "kysely";
import type { Kysely } from "kysely";
import pg from "pg";
import { prepareSession } from "./session_settings.ts";
import type { Tables } from "./tables.ts";

const CHANNEL = "sallyport_events";

/** How long to wait before listening again after the connection was lost; the log's poll covers the gap. */
const RETRY_MS = 1_000;

/** Wakes the other instances. A hint only: it carries nothing, and a lost one costs a poll interval. */
export async function notifyInstances(db: Kysely<Tables>): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(db);
}

/** Calls `onHint` at each hint, over a connection of its own that is made anew whenever it is lost. */
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
