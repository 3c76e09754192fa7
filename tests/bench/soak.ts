import { sql } from "kysely";
import { openPostgres } from "../../src/platform/db/database.ts";
import { startTwoInstances, underLoad } from "../support/two_instances.ts";
import { type Bench, type Figure, median, sleep } from "./bench.ts";
import { startOwnCluster } from "./database.ts";

const MINUTES = Number(Deno.env.get("BENCH_SOAK_MINUTES") ?? 2);
const LOAD = { crew: { families: 24, signIns: 4, guests: 4 }, flows: 10 };
const SAMPLES = 60;

/** What a process and its database hold at one moment. */
type Sample = { residentMiB: number; handles: number; connections: number };

/**
 * Two instances under mixed load for `BENCH_SOAK_MINUTES`: what grows with time. Compares the last third with the
 * second one, because the first one fills caches. Rows of each table are for information: events and sessions are kept
 * by design.
 */
export const soak: Bench = async (kit) => {
  const { url } = await startOwnCluster(kit.stack);
  const database = openPostgres({ url, maxConnections: 2 });
  kit.stack.defer(() => database.close());
  const open = () => Promise.resolve(openPostgres({ url, maxConnections: 4 }));
  // At the end, the first guests' tokens must still be valid.
  const instances = await startTwoInstances(kit.stack, { url, open }, { ACCESS_TOKEN_MINUTES: "1440" });
  const samples: Sample[] = [];
  const { tally, losses } = await underLoad(instances, LOAD, async ({ grant }) => {
    for (let index = 0; index < SAMPLES; index++) {
      await sleep(MINUTES * 60_000 / SAMPLES);
      if (index === SAMPLES / 2) grant();
      samples.push(await sampleOf(instances.pids(), database));
      kit.say(JSON.stringify(samples.at(-1)));
    }
  });
  for (const wrong of tally.wrong) kit.fail(wrong);
  for (const lost of Object.values(losses).flat()) kit.fail(`lost: ${lost}`);
  const third = SAMPLES / 3;
  const growth = (of: keyof Sample, name: string, percent: number): Figure => {
    const [before, after] = [samples.slice(third, 2 * third), samples.slice(2 * third)].map((some) =>
      median(some.map((sample) => sample[of]))
    ) as [number, number];
    return {
      name: `${name}, last third compared with the one before`,
      value: 100 * (after / before - 1),
      unit: "%",
      target: { below: percent },
      detail: { before, after },
    };
  };
  return [
    growth("residentMiB", "resident memory of two instances", 10),
    growth("handles", "open file handles", 10),
    growth("connections", "connections to Postgres", 10),
    { name: "minutes of load", value: MINUTES, unit: "min" },
    { name: "right answers/s", value: tally.right.length / (MINUTES * 60), unit: "/s" },
    { name: "rows at the end", value: 0, unit: "", detail: await rowsOf(database) },
  ];
};

async function sampleOf(pids: readonly number[], { db }: ReturnType<typeof openPostgres>): Promise<Sample> {
  const sum = (of: (pid: number) => number) => pids.map(of).reduce((total, value) => total + value, 0);
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like 'sallyport%'`.execute(db);
  return {
    residentMiB: sum((pid) =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]) / 1024
    ),
    handles: sum((pid) => [...Deno.readDirSync(`/proc/${pid}/fd`)].length),
    connections: rows[0]?.count ?? NaN,
  };
}

/** The number of rows by table, as far as it is not zero. */
async function rowsOf({ db }: ReturnType<typeof openPostgres>): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select schemaname as schema, relname as name from pg_stat_user_tables`.execute(db);
  const counts: Record<string, number> = {};
  for (const { schema, name } of tables) {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from ${sql.id(schema, name)}`.execute(db);
    const count = rows[0]?.count ?? 0;
    if (count > 0) counts[`${schema}.${name}`] = count;
  }
  return counts;
}
