import { type Bench, sleep } from "./bench.ts";
import {
  delayFigures,
  efficiency,
  inTurns,
  openScene,
  type Round,
  type Scene,
  type Side,
  SIDES,
  subscribe,
  SUBSCRIBERS,
} from "./fanout.ts";

const RATE = 10;

const OF = {
  query: "subscription { events { cursor at type actor flowId data } }",
  id: (n: number) => `${n}`,
  pattern: '"step":"(\\d+)"',
};

/** A thousand subscribers to the whole log, and ten events a second. */
export const fanoutEvents: Bench = async (kit) => {
  const scene = await openScene(kit.stack, 1);
  const [flowId = ""] = scene.ids;
  const memory: Partial<Record<Side, number>> = {};
  for (const side of SIDES) {
    kit.say(`${SUBSCRIBERS} subscribers: ${side}`);
    memory[side] = await memoryOfSubscribers(scene, side);
  }
  const before = await scene.ours.ask("collectGarbage");
  const { rounds, perCpu } = await inTurns(scene, kit, (side, round, seconds) => {
    const pace = { flowId, from: round * 1_000, rate: RATE, seconds };
    return side === "ours"
      ? scene.writer.ask("appendEvents", pace)
      : scene.bare.ask("sendEvents", { ...pace, hand: side === "by hand" });
  });
  const after = await scene.ours.ask("collectGarbage");
  const delivered = rounds.reduce((sum, { deliveries }) => sum + deliveries.times.length, 0);
  const kept = (after.heapBytes - before.heapBytes) / delivered;
  for (const round of rounds) checkAll(round, kit.fail);
  return [
    { name: "memory a subscriber", value: memory.ours ?? NaN, unit: "KiB", target: { below: 150 } },
    { name: "memory a subscriber of a bare Yoga", value: memory.bare ?? NaN, unit: "KiB" },
    { name: "memory kept a delivery", value: kept, unit: "B", target: { below: 50 } },
    ...delayFigures(rounds.flatMap(delaysOf)),
    ...efficiency(perCpu, 80),
  ];
};

/** Opens the side's subscriptions, which stay open, and returns what one of them weighs. */
async function memoryOfSubscribers(scene: Scene, side: Side): Promise<number> {
  const server = side === "ours" ? scene.ours : scene.bare;
  await subscribe(scene, side, 100, { ...OF, name: "warm" });
  await scene.clients.ask("close", "warm");
  await sleep(300);
  await server.ask("collectGarbage");
  const before = server.residentKiB();
  await subscribe(scene, side, SUBSCRIBERS, { ...OF, name: side });
  await server.ask("collectGarbage");
  return (server.residentKiB() - before) / SUBSCRIBERS;
}

function delaysOf({ written, deliveries }: Round): number[] {
  const commits = new Map(written.marks.map((mark, n) => [mark, written.times[n]]));
  return deliveries.marks.map((mark, n) => (deliveries.times[n] ?? NaN) - (commits.get(mark) ?? NaN));
}

/** Fails unless every subscriber got every mark once, in the order in which they were written. */
function checkAll({ round, written, deliveries }: Round, fail: (what: string) => void): void {
  const got = Array.from({ length: SUBSCRIBERS }, (): string[] => []);
  deliveries.marks.forEach((mark, n) => got[deliveries.subscribers[n] ?? -1]?.push(mark));
  const wanted = written.marks.toSorted((a, b) => Number(a) - Number(b)).join();
  got.forEach((marks, subscriber) => {
    if (marks.join() === wanted) return;
    fail(`round ${round}: subscriber ${subscriber} got ${marks.length} of ${written.marks.length}: ${marks}`);
  });
}
