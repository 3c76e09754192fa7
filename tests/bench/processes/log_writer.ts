import { sql } from "kysely";
import { openPostgres } from "../../../src/platform/db/database.ts";
import { type EventLog, startEventLog } from "../../../src/events/event_log.ts";
import { recordEvent, SYSTEM } from "../../../src/events/events.ts";
import { inTransaction } from "../../../src/events/transaction.ts";
import { serveCommands } from "./commands.ts";

/** An instance that only appends to the event log, with many parallel writers. */
const database = openPostgres({ url: Deno.env.get("DATABASE_URL") ?? "", maxConnections: 20 });
const { db } = database;
const now = () => new Date();

/** The readers during the writes: one that is hinted, one that only polls, or none. */
export type Reading = "hinted" | "polling" | "none";

/** Runs `append` in each writer, one after the other, until `end`. */
async function writeUntil(end: number, writers: number, append: () => Promise<void>): Promise<number> {
  let appended = 0;
  const writer = async () => {
    for (; performance.now() < end; appended++) await append();
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return appended;
}

const commands = {
  append: async ({ reading, writers, seconds }: { reading: Reading; writers: number; seconds: number }) => {
    let log: EventLog | undefined;
    const delaysMs: number[] = [];
    if (reading !== "none") {
      log = await startEventLog(database, now);
      log.listen(["all"], ({ data }) => void delaysMs.push(Date.now() - Number(data["step"])));
    }
    const services = { db, now, wakeLog: reading === "hinted" && log ? log.wake : () => {} };
    const begun = performance.now();
    const appended = await writeUntil(
      begun + seconds * 1000,
      writers,
      () =>
        inTransaction(
          services,
          (tx) => recordEvent(tx, "flow.changed", SYSTEM, { flowId: "flw_bench" }, { step: `${Date.now()}` }),
        ),
    );
    const perSecond = appended / ((performance.now() - begun) / 1000);
    await log?.settled();
    await log?.close();
    await sql`truncate unsequenced_events, events`.execute(db);
    return { perSecond, appended, delaysMs };
  },
};

export type LogWriter = typeof commands;

await serveCommands(commands);
await database.close();
