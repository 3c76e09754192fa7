import { OURS, people } from "./auth_requests.ts";
import { CALLERS, inRounds, ourEnv } from "./auth_scene.ts";
import { type Bench, type Figure, median, quantile } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { BareHash } from "./processes/bare_hash.ts";
import type { HttpClients, Load } from "./processes/http_clients.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const CORES = navigator.hardwareConcurrency;
const IN_FLIGHT = [CORES, CORES + 1, 2 * CORES];
const ROUNDS = 12;
const SECONDS = 1.5;
const FLOOD_SECONDS = 2;
const CONNECTIONS = 200;

const FLOODED = {
  ...OURS.signIn,
  answers: { ...OURS.signIn.answers, overloaded: '"code":"OVERLOADED"' },
  keep: {},
};

/** R17, R46: how many hashes in flight make the most sign-ins, and what that costs. */
export const hashes: Bench = async (kit) => {
  const url = await startDatabase(kit.stack);
  const bare = kit.stack.use(new Process<BareHash>("bare_hash.ts"));
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const servers = await Promise.all(IN_FLIGHT.map(async (atOnce) => {
    const env = { ...ourEnv(url, "argon2id"), BENCH_HASHES: `${atOnce}` };
    const server = kit.stack.use(new Process<Sallyport>("sallyport.ts", env));
    return { atOnce, server, port: await server.ask("port"), crew: `h${atOnce}` };
  }));
  const load = async (server: typeof servers[number], more: Pick<Load, "request" | "until" | "pace">) => {
    const report = await clients.ask("load", { port: server.port, crew: server.crew, ...more });
    report.failures.forEach((failure) => kit.fail(`${server.crew}: ${failure}`));
    return report;
  };
  for (const server of servers) {
    await clients.ask("muster", { crew: server.crew, people: people(server.crew, CONNECTIONS) });
    await load(server, { request: OURS.register, pace: { callers: 4 }, until: { requests: CONNECTIONS } });
  }
  const p95: Record<number, number[]> = {};
  const delays: Record<number, number[]> = {};
  const contestants = servers.flatMap((server) => {
    const { atOnce } = server;
    const signIns = async () => {
      const pace = { callers: CALLERS };
      const report = await load(server, { request: OURS.signIn, pace, until: { seconds: SECONDS } });
      (p95[atOnce] ??= []).push(quantile(report.latenciesMs, 0.95));
      return report.perSecond;
    };
    const flood = async () => {
      await server.server.ask("watchLoop");
      await load(server, {
        request: FLOODED,
        pace: { callers: CONNECTIONS },
        until: { seconds: FLOOD_SECONDS },
      });
      const { p99 } = await server.server.ask("loopDelay");
      (delays[atOnce] ??= []).push(p99);
      return p99;
    };
    return [
      [`bare ${atOnce}`, () => bare.ask("verify", { seconds: SECONDS, atOnce })],
      [`ours ${atOnce}`, signIns],
      [`flood ${atOnce}`, flood],
    ] as const;
  });
  const results = await inRounds(kit, ROUNDS, Object.fromEntries(contestants));
  return IN_FLIGHT.flatMap((atOnce) => figures(atOnce, results, p95, delays));
};

/** Rates vary by a factor within a run on a shared machine, so ratios are of the same round. */
function ratio(of: number[], to: number[]): number {
  return median(of.map((value, round) => value / (to[round] ?? NaN)));
}

function figures(
  atOnce: number,
  results: Record<string, number[]>,
  p95: Record<number, number[]>,
  delays: Record<number, number[]>,
): Figure[] {
  const [ours = [], bare = []] = [results[`ours ${atOnce}`], results[`bare ${atOnce}`]];
  const oneACore = { ours: results[`ours ${CORES}`] ?? [], bare: results[`bare ${CORES}`] ?? [] };
  const name = `${atOnce} in flight on ${CORES} cores`;
  return [
    { name: `${name}: sign-ins`, value: median(ours), unit: "/s", detail: { ours, bare } },
    { name: `${name}: of those with one a core`, value: ratio(ours, oneACore.ours), unit: "times" },
    { name: `${name}: bare, of those with one a core`, value: ratio(bare, oneACore.bare), unit: "times" },
    { name: `${name}: of as many bare verifications`, value: 100 * ratio(ours, bare), unit: "%" },
    { name: `${name}: p95 with ${CALLERS} callers`, value: median(p95[atOnce] ?? []), unit: "ms" },
    { name: `${name}: event loop's delay in a flood, p99`, value: median(delays[atOnce] ?? []), unit: "ms" },
  ];
}
