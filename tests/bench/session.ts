import { VIEWER } from "./auth_requests.ts";
import {
  CALLERS,
  enroll,
  inRounds,
  load,
  openAuthScene,
  type Side,
  SIDES,
  timesThePeers,
} from "./auth_scene.ts";
import { type Bench, median } from "./bench.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { BareYoga } from "./processes/bare_yoga.ts";

const ROUNDS = 5;
const SECONDS = 2;
const PEOPLE = 100;

/** R46: who is asking, of a session that can be revoked, by its token and by its cookie. */
export const session: Bench = async (kit) => {
  const scene = await openAuthScene(kit, { hash: "trivial" });
  const bare = kit.stack.use(new Process<BareYoga>("bare_yoga.ts"));
  const barePort = await bare.ask("port");
  const until = { seconds: SECONDS };

  for (const side of SIDES) {
    await enroll(scene, kit, side, "p", PEOPLE);
    await load(scene, kit, side, "signIn", { until: { requests: PEOPLE } });
    await load(scene, kit, side, "signInForCookie", { until: { requests: PEOPLE } });
  }
  const ofBare = async () => {
    const request = graphqlRequest(VIEWER, { seen: '{"viewer":{"id":"' });
    const report = await scene.clients.ask("load", {
      port: barePort,
      request,
      pace: { callers: CALLERS },
      until,
    });
    report.failures.forEach((failure) => kit.fail(`bare Yoga: ${failure}`));
    return report.perSecond;
  };
  const check = (side: Side, what: "checkByToken" | "checkByCookie") => async () =>
    (await load(scene, kit, side, what, { until })).perSecond;
  const rates = await inRounds(kit, ROUNDS, {
    bare: ofBare,
    "ours, token": check("ours", "checkByToken"),
    "node, token": check("node", "checkByToken"),
    "deno, token": check("deno", "checkByToken"),
    "ours, cookie": check("ours", "checkByCookie"),
    "node, cookie": check("node", "checkByCookie"),
    "deno, cookie": check("deno", "checkByCookie"),
  });

  const ofKind = (kind: "token" | "cookie") => {
    const sides = {
      ours: rates[`ours, ${kind}`],
      node: rates[`node, ${kind}`],
      deno: rates[`deno, ${kind}`],
    };
    return [
      ...timesThePeers(`session checks by ${kind}`, sides, { node: 5, deno: 5 }),
      {
        name: `session checks by ${kind}, of a bare Yoga's from memory`,
        value: 100 * median(sides.ours) / median(rates.bare),
        unit: "%",
        target: { atLeast: 40 },
        detail: { ours: sides.ours, bare: rates.bare },
      },
    ];
  };
  return [...ofKind("token"), ...ofKind("cookie")];
};
