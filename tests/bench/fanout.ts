import { type Figure, type Kit, median, quantile, sleep, whileCounting } from "./bench.ts";
import { serverEnv, startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { BareYoga } from "./processes/bare_yoga.ts";
import type { FlowWriter, Written } from "./processes/flow_writer.ts";
import type { Sallyport } from "./processes/sallyport.ts";
import type { Deliveries, SseClients, Subscription } from "./processes/sse_clients.ts";

export const SUBSCRIBERS = 1_000;
const ROUNDS = 3;
const SECONDS = 4;

/** Our server; a Yoga without a database; a hand-written loop. */
export const SIDES = ["ours", "bare", "by hand"] as const;
export type Side = (typeof SIDES)[number];

/** Deliveries are over when none came for so long. */
const QUIET_MS = 600;

export type Scene = {
  ours: Process<Sallyport>;
  bare: Process<BareYoga>;
  writer: Process<FlowWriter>;
  clients: Process<SseClients>;
  /** Flows that exist. */
  ids: string[];
};

export async function openScene(stack: AsyncDisposableStack, flows: number): Promise<Scene> {
  const database = await startDatabase(stack);
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", serverEnv(database)));
  const bare = stack.use(new Process<BareYoga>("bare_yoga.ts"));
  const writer = stack.use(new Process<FlowWriter>("flow_writer.ts", { DATABASE_URL: database }));
  const clients = stack.use(new Process<SseClients>("sse_clients.ts"));
  return { ours, bare, writer, clients, ids: await writer.ask("createFlows", flows) };
}

/** Opens `count` subscriptions at `side` as the group `name`. */
export async function subscribe(
  { ours, bare, clients }: Scene,
  side: Side,
  count: number,
  of: { name: string; query: string; id: (n: number) => string; pattern: string },
) {
  const port = await (side === "ours" ? ours : bare).ask("port");
  const token = side === "ours" ? await ours.ask("token") : "";
  const subscriptions = Array.from({ length: count }, (_, n): Subscription => ({
    path: side === "by hand" ? `/by-hand?id=${of.id(n)}` : "/graphql",
    token,
    query: of.query,
    variables: { id: of.id(n) },
  }));
  await clients.ask("open", { name: of.name, port, subscriptions, pattern: of.pattern });
}

/** Everything that group `name` is given while `work` runs and until it is quiet again. */
async function deliveriesDuring<T>(
  { clients }: Scene,
  name: string,
  work: () => Promise<T>,
): Promise<{ result: T; deliveries: Deliveries }> {
  const result = await work();
  for (let before = -1, count = await clients.ask("count", name); count !== before;) {
    await sleep(QUIET_MS);
    [before, count] = [count, await clients.ask("count", name)];
  }
  return { result, deliveries: await clients.ask("take", name) };
}

/** What one of our rounds wrote, and what was delivered of it. */
export type Round = { round: number; written: Written; deliveries: Deliveries };

/**
 * Lets the sides work in turns: ours, the bare Yoga, the loop, and again. `work` makes one side send for so many
 * seconds. The first round only warms up. Returns our rounds, and each side's deliveries a CPU second.
 */
export async function inTurns(
  scene: Scene,
  { say, fail }: Kit,
  work: (side: Side, round: number, seconds: number) => Promise<Written | null>,
): Promise<{ rounds: Round[]; perCpu: Record<Side, number[]> }> {
  const perCpu: Record<Side, number[]> = { ours: [], bare: [], "by hand": [] };
  const rounds: Round[] = [];
  for (const side of SIDES) await scene.clients.ask("take", side);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of SIDES) {
      say(`round ${round} of ${ROUNDS}: ${side}`);
      const seconds = round === 0 ? 2 : SECONDS;
      const { cpu, result } = await whileCounting(
        side === "ours" ? scene.ours : scene.bare,
        () => deliveriesDuring(scene, side, () => work(side, round, seconds)),
      );
      if (round === 0) continue;
      const { deliveries, result: written } = result;
      perCpu[side].push(deliveries.times.length / cpu);
      if (written) rounds.push({ round, written, deliveries });
    }
  }
  (await scene.clients.ask("failures")).forEach(fail);
  return { rounds, perCpu };
}

/** Deliveries a CPU second, ours of the bare Yoga's and both of the loop's. */
export function efficiency(perCpu: Record<Side, number[]>, target: number): Figure[] {
  const share = (a: Side, b: Side) => 100 * median(perCpu[a]) / median(perCpu[b]);
  return [
    {
      name: "deliveries a CPU second, of a bare Yoga's",
      value: share("ours", "bare"),
      unit: "%",
      target: { atLeast: target },
      detail: perCpu,
    },
    { name: "deliveries a CPU second", value: median(perCpu.ours), unit: "" },
    { name: "bare Yoga's, of a hand-written loop's", value: share("bare", "by hand"), unit: "%" },
  ];
}

export function delayFigures(delays: number[]): Figure[] {
  return [
    { name: "commit to subscriber, p50", value: quantile(delays, 0.5), unit: "ms" },
    { name: "commit to subscriber, p99", value: quantile(delays, 0.99), unit: "ms", target: { below: 250 } },
  ];
}
