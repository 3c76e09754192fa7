/**
 * Measures Sallyport against its own targets and beside Better Auth: `deno task bench`, or some benches by name.
 * Prints a table and writes `bench.json`. Ratios compare things of the same run, measured in turns, for machines
 * differ and are never quiet. Exits with 1 when a bench failed or a request did; a target that is missed is not an
 * error.
 */
import { type Bench, type Figure, isMet } from "./bench.ts";
import { codes } from "./codes.ts";
import { eventSearch } from "./event_search.ts";
import { fanoutEvents } from "./fanout_events.ts";
import { fanoutFlows } from "./fanout_flows.ts";
import { flood } from "./flood.ts";
import { google } from "./google.ts";
import { googleAccess } from "./google_access.ts";
import { hashes } from "./hashes.ts";
import { log } from "./log.ts";
import { machine } from "./machine.ts";
import { mailTiming } from "./mail_timing.ts";
import { outage } from "./outage.ts";
import { refresh } from "./refresh.ts";
import { refusals } from "./refusals.ts";
import { register } from "./register.ts";
import { scale } from "./scale.ts";
import { session } from "./session.ts";
import { signIn } from "./signin.ts";
import { soak } from "./soak.ts";
import { start } from "./start.ts";
import { states } from "./states.ts";
import { timing } from "./timing.ts";
import { tui } from "./tui.ts";
import { typename } from "./typename.ts";
import { validation } from "./validation.ts";
import { vaultSweep } from "./vault_sweep.ts";
import { waits } from "./waits.ts";
import { workers } from "./workers.ts";

const BENCHES: Record<string, Bench> = {
  typename,
  "fanout-flows": fanoutFlows,
  "fanout-events": fanoutEvents,
  waits,
  log,
  start,
  signin: signIn,
  hashes,
  register,
  codes,
  google,
  session,
  workers,
  refresh,
  states,
  validation,
  "google-access": googleAccess,
  "vault-sweep": vaultSweep,
  scale,
  "event-search": eventSearch,
  outage,
  soak,
  flood,
  refusals,
  timing,
  "mail-timing": mailTiming,
  tui,
};

type Outcome = { bench: string; seconds: number; figures: Figure[]; failures: string[] };

/** Failures kept of one bench; the count is kept of all. */
const MOST_FAILURES = 1_000;

async function measure(name: string, bench: Bench): Promise<Outcome> {
  const begun = performance.now();
  const failures: string[] = [];
  const fail = (what: string) => {
    if (failures.length < MOST_FAILURES) failures.push(what);
  };
  const say = (what: string) => console.error(`${name}: ${what}`);
  let figures: Figure[] = [];
  try {
    await using stack = new AsyncDisposableStack();
    figures = await bench({ fail, say, stack });
  } catch (error) {
    fail(`the bench itself: ${error instanceof Error ? error.stack : error}`);
  }
  return { bench: name, seconds: Math.round((performance.now() - begun) / 100) / 10, figures, failures };
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ bench, figures }) => figures.map((figure) => row(bench, figure)));
  const all = [["bench", "figure", "value", "target", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const isNumber = (column: number) => column === 2 || column === 3;
  return all.map((cells) =>
    cells.map((cell, column) =>
      isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    ).join("  ").trimEnd()
  ).join("\n");
}

function row(bench: string, figure: Figure): string[] {
  const { name, value, unit, target } = figure;
  const met = isMet(figure);
  const wanted = !target
    ? ""
    : "atLeast" in target
    ? `≥ ${target.atLeast} ${unit}`
    : `< ${target.below} ${unit}`;
  return [bench, name, `${rounded(value)} ${unit}`, wanted, met === undefined ? "" : met ? "ok" : "MISS"];
}

function rounded(value: number): string {
  return Math.abs(value) >= 100 ? `${Math.round(value)}` : value.toFixed(1);
}

const unknown = Deno.args.filter((arg) => !Object.keys(BENCHES).some((name) => name.startsWith(arg)));
if (unknown.length > 0) {
  console.error(`No bench ${unknown.join(", ")}: choose from ${Object.keys(BENCHES).join(", ")}`);
  Deno.exit(2);
}
const chosen = Object.entries(BENCHES).filter(([name]) =>
  Deno.args.length === 0 || Deno.args.some((arg) => name.startsWith(arg))
);
const outcomes: Outcome[] = [];
for (const [name, bench] of chosen) outcomes.push(await measure(name, bench));

console.log(table(outcomes));
for (const { bench, failures } of outcomes) {
  if (failures.length > 0) console.log(`\n${bench}: ${failures.length} failures, the first: ${failures[0]}`);
}
const report = { date: new Date().toISOString(), machine: await machine(), outcomes };
await Deno.writeTextFile(
  new URL("../../bench.json", import.meta.url),
  `${JSON.stringify(report, undefined, 2)}\n`,
);
Deno.exit(outcomes.some(({ failures }) => failures.length > 0) ? 1 : 0);
