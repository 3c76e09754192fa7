import { type Bench, median } from "./bench.ts";
import {
  delayFigures,
  efficiency,
  inTurns,
  openScene,
  type Round,
  SIDES,
  subscribe,
  SUBSCRIBERS,
} from "./fanout.ts";

const RATE = 1_000;

const QUERIES = {
  ours: "subscription($id: ID!) { flow(id: $id) { id status updatedAt ... on ModalTokenFlow { attempt } } }",
  bare: "subscription($id: ID!) { flow(id: $id) { id status updatedAt attempt } }",
  "by hand": "",
};

/** A thousand subscribers each to a flow of its own, and a thousand changes a second in all. */
export const fanoutFlows: Bench = async (kit) => {
  const scene = await openScene(kit.stack, SUBSCRIBERS);
  const { ids, writer, bare } = scene;
  for (const side of SIDES) {
    kit.say(`${SUBSCRIBERS} subscribers: ${side}`);
    await subscribe(scene, side, SUBSCRIBERS, {
      name: side,
      query: QUERIES[side],
      id: (n) => ids[n] ?? "",
      pattern: '"attempt":(\\d+)',
    });
  }
  const { rounds, perCpu } = await inTurns(scene, kit, (side, round, seconds) => {
    const pace = { ids, from: 1 + round * 1_000, rate: RATE, seconds };
    return side === "ours"
      ? writer.ask("changeFlows", pace)
      : bare.ask("changeFlows", { ...pace, hand: side === "by hand" });
  });
  const delays = rounds.flatMap((round) => delaysOf(round, ids, kit.fail));
  const written = rounds.map(({ written }) => written.marks.length / written.seconds);
  const delivered = rounds.map(({ written, deliveries }) =>
    100 * deliveries.marks.length / written.marks.length
  );
  return [
    { name: "changes written", value: median(written), unit: "/s", detail: { written } },
    { name: "of them delivered, the last of each flow always", value: median(delivered), unit: "%" },
    ...delayFigures(delays),
    ...efficiency(perCpu, 40),
  ];
};

/** How late each delivery was. Fails when the last change of a flow was not the last that its subscriber got. */
function delaysOf(
  { round, written, deliveries }: Round,
  ids: readonly string[],
  fail: (what: string) => void,
): number[] {
  const commits = new Map(written.marks.map((mark, n) => [`${written.ids[n]} ${mark}`, written.times[n]]));
  const last = new Map<string, string>();
  const delays = deliveries.marks.map((mark, n) => {
    const id = ids[deliveries.subscribers[n] ?? -1] ?? "";
    last.set(id, mark);
    return (deliveries.times[n] ?? NaN) - (commits.get(`${id} ${mark}`) ?? NaN);
  });
  const wanted = new Map<string, number>();
  written.marks.forEach((mark, n) => {
    const id = written.ids[n] ?? "";
    wanted.set(id, Math.max(Number(mark), wanted.get(id) ?? 0));
  });
  for (const [id, mark] of wanted) {
    if (last.get(id) !== `${mark}`) {
      fail(`round ${round}: ${id} is at ${mark}, its subscriber at ${last.get(id)}`);
    }
  }
  return delays;
}
