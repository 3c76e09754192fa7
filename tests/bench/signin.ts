import { CALLERS, enroll, inRounds, load, openAuthScene, SIDES, timesThePeers } from "./auth_scene.ts";
import { type Bench, median, quantile } from "./bench.ts";
import { Process } from "./process.ts";
import type { BareHash } from "./processes/bare_hash.ts";

const ROUNDS = 5;
const SECONDS = 2.5;
const PEOPLE = 4 * CALLERS;

/** Of the rate that was measured. */
const EVERYDAY_LOAD = 0.7;
const EVERYDAY_SECONDS = 12;

/** R46: sign-ins with the real hash, beside that hash alone and beside Better Auth with the same hash. */
export const signIn: Bench = async (kit) => {
  const scene = await openAuthScene(kit, { hash: "argon2id" });
  const bare = kit.stack.use(new Process<BareHash>("bare_hash.ts"));
  for (const side of SIDES) await enroll(scene, kit, side, "p", PEOPLE);
  const signIns = (side: typeof SIDES[number]) => async () =>
    (await load(scene, kit, side, "signIn", { until: { seconds: SECONDS } })).perSecond;
  const rates = await inRounds(kit, ROUNDS, {
    bare: () => bare.ask("verify", { seconds: SECONDS, atOnce: navigator.hardwareConcurrency }),
    ours: signIns("ours"),
    node: signIns("node"),
    deno: signIns("deno"),
  });
  kit.say(`arrivals at random, at ${EVERYDAY_LOAD * 100} % of the rate`);
  const everyday = await load(scene, kit, "ours", "signIn", {
    pace: { perSecond: EVERYDAY_LOAD * median(rates.ours) },
    until: { seconds: EVERYDAY_SECONDS },
  });
  return [
    {
      name: "sign-ins/s, of bare verifications/s with one in flight a core",
      value: 100 * median(rates.ours) / median(rates.bare),
      unit: "%",
      target: { atLeast: 65 },
      detail: rates,
    },
    ...timesThePeers("sign-ins", rates, { node: 1.2, deno: 1 }),
    { name: "at 70 % of that rate: p50", value: quantile(everyday.latenciesMs, 0.5), unit: "ms" },
    {
      name: "at 70 % of that rate: p95",
      value: quantile(everyday.latenciesMs, 0.95),
      unit: "ms",
      target: { below: 250 },
    },
  ];
};
