import { sql } from "kysely";
import type { Kysely } from "kysely";
import pg from "pg";
import type { Server, Servers } from "./servers.ts";
import { prepareSession } from "./session_settings.ts";
import type { Tables } from "./tables.ts";

const CHANNEL = "sallyport_events";

/** Pause before listening again after a lost connection. Polling covers the gap. */
const RETRY_MS = 1_000;

/**
 * Notifies the other instances of new events. The hint has no content; a lost one delays events by one poll
 * interval.
 */
export async function notifyInstances(db: Kysely<Tables>): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(db);
}

/**
 * Calls `onHint` for each notification, and after each (re)connection. Uses a connection of its own, which follows the
 * server in use and is replaced when it is lost. Resolves after the first attempt to connect.
 */
export async function listenOnPostgres(
  servers: Servers,
  config: pg.ClientConfig,
  onHint: () => void,
): Promise<{ close(): Promise<void> }> {
  let closed = false;
  let client: pg.Client | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const end = async () => {
    const ending = client;
    client = undefined;
    await ending?.end().catch(() => {});
  };
  const again = () => {
    void end();
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => connecting = connect(), RETRY_MS);
  };
  const connect = async () => {
    let mine: pg.Client | undefined;
    let server: Server | undefined;
    const lost = (error?: unknown) => {
      if (client !== mine) return;
      servers.failed(server, error);
      again();
    };
    try {
      server = await servers.find();
      void end();
      mine = client = new pg.Client({ ...config, connectionString: server.url });
      mine.on("error", lost);
      mine.on("end", lost);
      mine.on("notification", onHint);
      await mine.connect();
      await prepareSession(mine);
      await mine.query(`listen ${CHANNEL}`);
      onHint();
    } catch (error) {
      lost(error);
    }
  };
  let connecting = connect();
  const ignoreLosses = servers.onLoss(again);
  await connecting;
  return {
    close: async () => {
      closed = true;
      ignoreLosses();
      clearTimeout(timer);
      await connecting;
      await end();
    },
  };
}
