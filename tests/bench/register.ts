import { people } from "./auth_requests.ts";
import { enroll, inRounds, load, openAuthScene, type Side, SIDES, timesThePeers } from "./auth_scene.ts";
import type { Bench } from "./bench.ts";

const ROUNDS = 3;
const SIGN_IN_SECONDS = 1.5;
const PEOPLE = 200;

/** Enough for a second or two. */
const REQUESTS: Record<Side, number> = { ours: 2_000, node: 700, deno: 700 };

/** What comes and goes once a person or once a session, with a hash that costs nothing: what is left is the server. */
export const register: Bench = async (kit) => {
  const scene = await openAuthScene(kit, { hash: "trivial" });
  const { clients } = scene;
  const bySide = (work: (side: Side, round: number) => Promise<number>) =>
    inRounds(kit, ROUNDS, {
      ours: (round) => work("ours", round),
      node: (round) => work("node", round),
      deno: (round) => work("deno", round),
    });

  const registrations = await bySide(async (side, round) => {
    await clients.ask("muster", { crew: side, people: people(`r${round}x`, REQUESTS[side]) });
    return (await load(scene, kit, side, "register", { until: { requests: REQUESTS[side] } })).perSecond;
  });

  for (const side of SIDES) await enroll(scene, kit, side, "p", PEOPLE);
  const signIns = await bySide(async (side) =>
    (await load(scene, kit, side, "signIn", { until: { seconds: SIGN_IN_SECONDS } })).perSecond
  );

  for (const side of SIDES) await enroll(scene, kit, side, "s", REQUESTS[side]);
  const signOuts = await bySide(async (side) => {
    const until = { requests: REQUESTS[side] };
    await load(scene, kit, side, "signIn", { until });
    return (await load(scene, kit, side, "signOut", { until })).perSecond;
  });

  const threeTimes = { node: 3, deno: 3 };
  return [
    ...timesThePeers("registrations", registrations, threeTimes),
    ...timesThePeers("sign-ins without the hash", signIns, threeTimes),
    ...timesThePeers("sign-outs", signOuts, threeTimes),
  ];
};
