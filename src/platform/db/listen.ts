import { sql } from "kysely";
import type { Kysely } from "kysely";
import pg from "pg";
import type { Server, Servers } from "./servers.ts";
import { prepareSession } from "./session_settings.ts";
import type { Tables } from "./tables.ts";

const CHANNEL = "sallyport_events";

/** Pause before listening again after a lost connection. Polling covers the gap. */
const RETRY_MS = 1_000;

/** How often to check that notifications arrive, and how long one may take. */
const PROBE_MS = 10_000;
const ARRIVAL_MS = 2_000;

/** A connection that listens for notifications. */
export type Listening = {
  /**
   * Whether notifications arrive, as last checked. They do not behind a pooler in transaction mode, nor while the
   * connection is lost.
   */
  readonly works: boolean;
  close(): Promise<void>;
};

/**
 * Notifies the other instances of new events. The hint has no content; a lost one delays events by one poll
 * interval.
 */
export async function notifyInstances(db: Kysely<Tables>): Promise<void> {
  await notify(db, "");
}

async function notify(db: Kysely<Tables>, content: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${content})`.execute(db);
}

/**
 * Calls `onHint` for each notification, after each (re)connection, and when notifications stop arriving. Uses a
 * connection of its own, which follows the server in use and is replaced when it is lost. Resolves after the first
 * attempt to connect.
 *
 * @param db sends the notifications that check whether notifications arrive
 */
export async function listenOnPostgres(
  servers: Servers,
  config: pg.ClientConfig,
  db: Kysely<Tables>,
  onHint: () => void,
): Promise<Listening> {
  const probe = new Probe(db, onHint);
  let closed = false;
  let client: pg.Client | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const end = async () => {
    probe.stop();
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
      mine.on("notification", ({ payload = "" }) => probe.isIts(payload) || onHint());
      await mine.connect();
      await prepareSession(mine);
      await mine.query(`listen ${CHANNEL}`);
      onHint();
      probe.start();
    } catch (error) {
      lost(error);
    }
  };
  let connecting = connect();
  const ignoreLosses = servers.onLoss(again);
  await connecting;
  return {
    get works() {
      return probe.arrives;
    },
    close: async () => {
      closed = true;
      ignoreLosses();
      clearTimeout(timer);
      await connecting;
      await end();
    },
  };
}

/** Sends notifications to itself while the connection listens, and tells whether they arrive. */
class Probe {
  arrives = false;
  readonly #prefix = `probe ${crypto.randomUUID()} `;
  readonly #db: Kysely<Tables>;
  readonly #onSilence: () => void;
  #sent = 0;
  #arrived = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(db: Kysely<Tables>, onSilence: () => void) {
    this.#db = db;
    this.#onSilence = onSilence;
  }

  start(): void {
    this.stop();
    this.#send();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#set(false);
  }

  /** Whether a notification is a probe, of this instance or another. Notes the arrival of our own. */
  isIts(content: string): boolean {
    if (content === `${this.#prefix}${this.#sent}`) {
      this.#arrived = this.#sent;
      this.#set(true);
    }
    return content.startsWith("probe ");
  }

  #send(): void {
    this.#sent++;
    notify(this.#db, `${this.#prefix}${this.#sent}`).catch(() => {});
    this.#timer = setTimeout(() => {
      if (this.#arrived !== this.#sent) this.#set(false);
      this.#timer = setTimeout(() => this.#send(), PROBE_MS - ARRIVAL_MS);
    }, ARRIVAL_MS);
  }

  #set(arrives: boolean): void {
    const silenced = this.arrives && !arrives;
    this.arrives = arrives;
    if (silenced) this.#onSilence();
  }
}
