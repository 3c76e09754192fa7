import { sql } from "kysely";
import { sequenceEvents } from "../../../src/events/event_store.ts";
import { openPostgres } from "../../../src/platform/db/database.ts";
import { serveCommands } from "./commands.ts";

const url = Deno.env.get("DATABASE_URL");
if (!url) throw new TypeError("Needs DATABASE_URL");
const database = openPostgres({ url, maxConnections: 2 });
const { db } = database;

/** Events moved in a round. */
const COUNT = 20_000;

const commands = {
  /** Writes copies of the newest events, sequences them, and returns how many were sequenced per second. */
  move: async (): Promise<number> => {
    await sql`
      insert into unsequenced_events
        (id, at, type, actor, user_id, session_id, flow_id, credential_id, ip_address, data)
      select id, now(), type, actor, user_id, session_id, flow_id, credential_id, ip_address,
        data || jsonb_build_object('requestId', 'req_' || left(md5(random()::text), 12))
      from events order by position desc limit ${COUNT}`.execute(db);
    const begun = performance.now();
    let moved = 0;
    while (moved < COUNT) {
      const batch = await sequenceEvents(db);
      if (batch !== "busy") moved += batch;
    }
    return moved / (performance.now() - begun) * 1000;
  },
};

export type LogMover = typeof commands;
await serveCommands(commands);
await database.close();
