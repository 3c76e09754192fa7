import pg from "pg";
import { openPostgres } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import { ourEnv } from "./auth_scene.ts";
import { type Bench, type Figure, median, quantile } from "./bench.ts";
import { serverEnv, startDatabases } from "./database.ts";
import { EVENT_LOG_DAYS, writeEventRows } from "./event_rows.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { LogMover } from "./processes/log_mover.ts";
import type { Sallyport } from "./processes/sallyport.ts";

/** Events in the log: `BENCH_EVENTS=10000000 deno task bench event-search`. */
const EVENTS = Number(Deno.env.get("BENCH_EVENTS") ?? 1_000_000);

/** The last migration before the indexes of the search. */
const BEFORE_SEARCH = "0019_api_keys";

const REQUESTS = 20;
const ROUNDS = 6;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The time of a page of 50 events for each search, and what its indexes cost the sequencer. */
export const eventSearch: Bench = async (kit) => {
  const { search, plain } = await startDatabases(kit.stack, ["search", "plain"]);
  for (const url of [search, plain]) await fill(url, kit.say);
  const database = openPostgres({ url: search, maxConnections: 2 });
  const begun = performance.now();
  await migrate(database);
  await database.close();
  // The sequencer needs this column of a later migration.
  await query(plain, "alter table unsequenced_events add column verified_email text");
  const indexSeconds = (performance.now() - begun) / 1000;
  await query(search, "vacuum (analyze) events");
  const rates = await sequencerRates(kit, { search, plain });
  return [
    ...await searches(kit, search),
    { name: "building the indexes", value: indexSeconds, unit: "s" },
    {
      name: "events sequenced/s, share of those without the indexes",
      value: 100 * median(rates.search) / median(rates.plain),
      unit: "%",
      detail: rates,
    },
    { name: "events sequenced/s", value: median(rates.search), unit: "/s" },
  ];
};

async function fill(url: string, say: (what: string) => void): Promise<void> {
  const database = openPostgres({ url, maxConnections: 2 });
  await migrate(database, BEFORE_SEARCH);
  await database.close();
  say(`${EVENTS} events over ${EVENT_LOG_DAYS} days`);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await writeEventRows(pool, EVENTS);
  await pool.end();
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const { rows } = await pool.query<Row>(text);
  await pool.end();
  return rows;
}

async function sequencerRates(
  { stack, say }: Parameters<Bench>[0],
  urls: Record<"search" | "plain", string>,
) {
  const start = (url: string) => stack.use(new Process<LogMover>("log_mover.ts", serverEnv(url)));
  const movers = { search: start(urls.search), plain: start(urls.plain) };
  const rates: Record<"search" | "plain", number[]> = { search: [], plain: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    say(`sequencer, round ${round} of ${ROUNDS}`);
    for (const side of ["plain", "search"] as const) rates[side].push(await movers[side].ask("move"));
  }
  return rates;
}

async function searches({ fail, say, stack }: Parameters<Bench>[0], url: string): Promise<Figure[]> {
  const server = stack.use(new Process<Sallyport>("sallyport.ts", ourEnv(url, "trivial")));
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await server.ask("port");
  const authorization = `Bearer ${await server.ask("token")}`;
  const figures: Figure[] = [];
  for (const [name, variables] of Object.entries(await filtersOf(url))) {
    const times: number[] = [];
    for (const end of ["first", "last"]) {
      const request = graphqlRequest(SEARCH, { seen: '"nodes":[' }, {
        variables: { ...variables, [end]: 50 },
        headers: { authorization },
      });
      const until = { requests: REQUESTS };
      const report = await clients.ask("load", { port, request, pace: { callers: 1 }, until });
      report.failures.forEach(fail);
      times.push(...report.latenciesMs);
    }
    say(`${name}: ${median(times).toFixed(1)} ms`);
    figures.push({
      name: `${name}: 50 events, p95 from both ends`,
      value: quantile(times, 0.95),
      unit: "ms",
      target: { below: 100 },
      detail: { medianMs: median(times), mostMs: Math.max(...times) },
    });
  }
  return figures;
}

const SEARCH = `query ($first: Int, $last: Int, $types: [String!], $userId: ID, $ipAddress: String,
  $since: DateTime, $until: DateTime, $reason: String, $subject: String, $text: String) {
  events(first: $first, last: $last, types: $types, userId: $userId, ipAddress: $ipAddress, since: $since,
    until: $until, reason: $reason, subject: $subject, text: $text) {
    nodes { cursor at type userId ipAddress data } } }`;

/** Searches for frequent and for rare values, and for those of an attack in the middle of the log. */
async function filtersOf(url: string): Promise<Record<string, Record<string, unknown>>> {
  const attacked = `from events where position > ${Math.round(EVENTS / 3)} and ip_address like '185.220.%'`;
  const [row] = await query<{ ip: string; at: Date; request: string; session: string; ipv6: string }>(
    url,
    `select ip_address as ip, at, data->>'requestId' as request,
      (select session_id from events where session_id is not null order by position desc limit 1) as session,
      (select ip_address from events where ip_address like '2001:%' order by position desc limit 1) as ipv6
      ${attacked} order by position limit 1`,
  );
  if (!row) throw new Error("the generated log has no attack");
  const week = new Date(Date.now() - 7 * DAY_MS).toISOString();
  const { ip, at, ipv6 } = row;
  const day = { since: at.toISOString(), until: new Date(at.getTime() + DAY_MS).toISOString() };
  return {
    "a day two months ago": day,
    "an address": { ipAddress: ip },
    "an address in a week": { ipAddress: ip, since: week },
    "an IPv6 network": { ipAddress: `${ipv6}/64` },
    "a frequent reason": { reason: "RATE_LIMITED" },
    "a frequent reason on that day": { reason: "OVERLOADED", ...day },
    "a rare reason": { reason: "MODAL_REJECTED" },
    "a rare type with two frequent ones": { types: ["flow.failed", "session.refreshed", "sign_in.refused"] },
    "a name that no user has": { subject: "nobody@example.com" },
    "the word `rejected`": { text: "rejected" },
    "the word `rate`": { text: "rate" },
    "the word `185.220.`": { text: "185.220." },
    "a word that nothing has": { text: "99.1" },
  };
}
