import { type Bench, type Figure, type Kit, median, quantile, sleep, whileCounting } from "./bench.ts";
import { serverEnv, startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { BareYoga } from "./processes/bare_yoga.ts";
import type { FlowWriter } from "./processes/flow_writer.ts";
import type { Sallyport } from "./processes/sallyport.ts";
import type { Deliveries, SseClients, Subscription } from "./processes/sse_clients.ts";

const SUBSCRIBERS = 1_000;
const ROUNDS = 3;
const SECONDS = 4;

/** Our server; a Yoga without a database; a hand-written loop. */
const SIDES = ["ours", "bare", "by hand"] as const;
type Side = (typeof SIDES)[number];

/** Deliveries are over when none came for so long. */
const QUIET_MS = 600;

type Scene = {
  ours: Process<Sallyport>;
  bare: Process<BareYoga>;
  writer: Process<FlowWriter>;
  clients: Process<SseClients>;
  /** Flows that exist. */
  ids: string[];
};

async function openScene(stack: AsyncDisposableStack, flows: number): Promise<Scene> {
  const database = await startDatabase(stack);
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", serverEnv(database)));
  const bare = stack.use(new Process<BareYoga>("bare_yoga.ts"));
  const writer = stack.use(new Process<FlowWriter>("flow_writer.ts", { DATABASE_URL: database }));
  const clients = stack.use(new Process<SseClients>("sse_clients.ts"));
  return { ours, bare, writer, clients, ids: await writer.ask("createFlows", flows) };
}

/** Opens `count` subscriptions at `side` as the group `name`. */
async function subscribe(
  { ours, bare, clients }: Scene,
  side: Side,
  count: number,
  of: { name: string; query: (side: Side) => string; id: (n: number) => string; pattern: string },
) {
  const port = await (side === "ours" ? ours : bare).ask("port");
  const token = side === "ours" ? await ours.ask("token") : "";
  const subscriptions = Array.from({ length: count }, (_, n): Subscription => ({
    path: side === "by hand" ? `/by-hand?id=${of.id(n)}` : "/graphql",
    token,
    query: of.query(side),
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

async function noteFailures({ clients }: Scene, { fail }: Kit) {
  (await clients.ask("failures")).forEach(fail);
}

/** Deliveries a CPU second, ours of the bare Yoga's and both of the loop's. */
function efficiency(perCpu: Record<Side, number[]>, target: number): Figure[] {
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

function delayFigures(delays: number[]): Figure[] {
  return [
    { name: "commit to subscriber, p50", value: quantile(delays, 0.5), unit: "ms" },
    { name: "commit to subscriber, p99", value: quantile(delays, 0.99), unit: "ms", target: { below: 250 } },
  ];
}

const FLOW = {
  ours: "subscription($id: ID!) { flow(id: $id) { id status updatedAt ... on ModalTokenFlow { attempt } } }",
  bare: "subscription($id: ID!) { flow(id: $id) { id status updatedAt attempt } }",
  "by hand": "",
};

/** A thousand subscribers each to a flow of its own, and a thousand changes a second in all. */
export const fanoutFlows: Bench = async (kit) => {
  const { fail, say } = kit;
  const rate = 1_000;
  const scene = await openScene(kit.stack, SUBSCRIBERS);
  const { ids } = scene;
  const id = (n: number) => ids[n] ?? "";
  for (const side of SIDES) {
    say(`${SUBSCRIBERS} subscribers: ${side}`);
    await subscribe(scene, side, SUBSCRIBERS, {
      name: side,
      query: (side) => FLOW[side],
      id,
      pattern: '"attempt":(\\d+)',
    });
  }
  const perCpu: Record<Side, number[]> = { ours: [], bare: [], "by hand": [] };
  const delays: number[] = [];
  const written: number[] = [];
  const delivered: number[] = [];
  for (const side of SIDES) await scene.clients.ask("take", side);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of SIDES) {
      say(`round ${round} of ${ROUNDS}: ${side}`);
      const from = 1 + round * 1_000;
      const { cpu, result } = await whileCounting(
        scene[side === "ours" ? "ours" : "bare"],
        () =>
          deliveriesDuring(scene, side, () => {
            const pace = { ids, from, rate, seconds: round === 0 ? 1 : SECONDS };
            return side === "ours"
              ? scene.writer.ask("changeFlows", pace)
              : scene.bare.ask("changeFlows", { ...pace, hand: side === "by hand" });
          }),
      );
      if (round === 0) continue;
      const { deliveries, result: work } = result;
      perCpu[side].push(deliveries.times.length / cpu);
      if (!("marks" in work)) continue;
      const commits = new Map(work.marks.map((mark, n) => [`${work.ids[n]} ${mark}`, work.times[n] ?? 0]));
      const last = new Map(work.marks.map((mark, n) => [work.ids[n] ?? "", mark]));
      const got = new Map<string, string>();
      deliveries.marks.forEach((mark, n) => {
        const flow = id(deliveries.subscribers[n] ?? -1);
        got.set(flow, mark);
        delays.push((deliveries.times[n] ?? 0) - (commits.get(`${flow} ${mark}`) ?? NaN));
      });
      for (const [flow, mark] of last) {
        if (got.get(flow) !== mark) {
          fail(`round ${round}: ${flow} ended at ${mark}, its subscriber at ${got.get(flow)}`);
        }
      }
      written.push(work.marks.length / work.seconds);
      delivered.push(100 * deliveries.marks.length / work.marks.length);
    }
  }
  await noteFailures(scene, kit);
  return [
    { name: "changes written", value: median(written), unit: "/s", detail: { written } },
    { name: "changes delivered (the last of each flow always)", value: median(delivered), unit: "%" },
    ...delayFigures(delays),
    ...efficiency(perCpu, 40),
  ];
};

const EVENTS = "subscription { events { cursor at type actor flowId data } }";

/** A thousand subscribers to the whole log, and ten events a second. */
export const fanoutEvents: Bench = async (kit) => {
  const { fail, say } = kit;
  const rate = 10;
  const scene = await openScene(kit.stack, 1);
  const { ids, ours, bare } = scene;
  const of = { query: () => EVENTS, id: (n: number) => `${n}`, pattern: '"step":"(\\d+)"' };
  const memory: Partial<Record<Side, number>> = {};
  for (const side of SIDES) {
    say(`${SUBSCRIBERS} subscribers: ${side}`);
    const server = side === "ours" ? ours : bare;
    await subscribe(scene, side, 100, { ...of, name: "warm" });
    await scene.clients.ask("close", "warm");
    await sleep(300);
    await server.ask("collectGarbage");
    const before = server.residentKiB();
    await subscribe(scene, side, SUBSCRIBERS, { ...of, name: side });
    await server.ask("collectGarbage");
    memory[side] = (server.residentKiB() - before) / SUBSCRIBERS;
  }
  const perCpu: Record<Side, number[]> = { ours: [], bare: [], "by hand": [] };
  const delays: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of SIDES) {
      say(`round ${round} of ${ROUNDS}: ${side}`);
      const from = round * 1_000;
      const { cpu, result } = await whileCounting(
        scene[side === "ours" ? "ours" : "bare"],
        () =>
          deliveriesDuring(scene, side, () => {
            const pace = { from, rate, seconds: round === 0 ? 2 : SECONDS };
            return side === "ours"
              ? scene.writer.ask("appendEvents", { ...pace, flowId: ids[0] ?? "" })
              : scene.bare.ask("sendEvents", { ...pace, ids, hand: side === "by hand" });
          }),
      );
      if (round === 0) continue;
      const { deliveries, result: work } = result;
      perCpu[side].push(deliveries.times.length / cpu);
      if (!("marks" in work)) continue;
      const commits = new Map(work.marks.map((mark, n) => [mark, work.times[n] ?? 0]));
      deliveries.marks.forEach((mark, n) =>
        delays.push((deliveries.times[n] ?? 0) - (commits.get(mark) ?? NaN))
      );
      checkAll(deliveries, work.marks, (what) => fail(`round ${round}: ${what}`));
    }
  }
  await noteFailures(scene, kit);
  return [
    {
      name: "memory a subscriber",
      value: memory.ours ?? NaN,
      unit: "KiB",
      target: { below: 150 },
      detail: { bare: memory.bare ?? NaN, byHand: memory["by hand"] ?? NaN },
    },
    { name: "memory a subscriber of a bare Yoga's", value: memory.bare ?? NaN, unit: "KiB" },
    ...delayFigures(delays),
    ...efficiency(perCpu, 80),
  ];
};

/** Every subscriber got every mark once, in the order in which they were written. */
function checkAll(
  { subscribers, marks }: Deliveries,
  written: readonly string[],
  fail: (what: string) => void,
) {
  const got = Array.from({ length: SUBSCRIBERS }, (): string[] => []);
  marks.forEach((mark, n) => got[subscribers[n] ?? -1]?.push(mark));
  const wanted = [...written].sort((a, b) => Number(a) - Number(b)).join();
  got.forEach((each, subscriber) => {
    if (each.join() !== wanted) {
      fail(`subscriber ${subscriber} got ${each.length} of ${written.length}: ${each}`);
    }
  });
}
