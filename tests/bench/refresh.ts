import { enroll, inRounds, load, openAuthScene, type Side, timesThePeers } from "./auth_scene.ts";
import type { Bench } from "./bench.ts";
import { PEERS } from "./peers.ts";

const ROUNDS = 5;
const SECONDS = 2.5;
const PEOPLE = 64;

/** R46: refreshes that rotate and notice reuse, durable, beside the refreshes of the peer's token endpoint. */
export const refresh: Bench = async (kit) => {
  const scene = await openAuthScene(kit, { hash: "trivial", oauth: true });
  await enroll(scene, kit, "ours", "p", PEOPLE);
  await load(scene, kit, "ours", "signIn", { until: { requests: PEOPLE } });
  for (const peer of PEERS) {
    const { clientId, tokens } = await scene.peers[peer].ask("firstRefreshTokens", PEOPLE);
    const people = tokens.map((refreshToken) => ({ refreshToken, clientId }));
    await scene.clients.ask("muster", { crew: peer, people });
  }
  const refreshes = (side: Side) => async () =>
    (await load(scene, kit, side, "refresh", { until: { seconds: SECONDS } })).perSecond;
  const rates = await inRounds(kit, ROUNDS, {
    ours: refreshes("ours"),
    node: refreshes("node"),
    deno: refreshes("deno"),
  });
  return timesThePeers("refreshes", rates, { node: 3, deno: 3 });
};
