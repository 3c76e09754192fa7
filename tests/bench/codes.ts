import type { AuthRequests } from "./auth_requests.ts";
import { type AuthScene, inRounds, load, openAuthScene, type Side, timesThePeers } from "./auth_scene.ts";
import { type Bench, type Kit, median } from "./bench.ts";
import { Process } from "./process.ts";
import type { MailEmulatorProcess } from "./processes/mail_emulator.ts";

const ROUNDS = 3;
const GUEST_SECONDS = 2;

/** Pairs of requests in a round, enough for one or two seconds. */
const PAIRS: Record<Side, number> = { ours: 800, node: 500, deno: 500 };

type Scene = AuthScene & { mail: Process<MailEmulatorProcess> };

/**
 * Measures sign-in with a mailed code as a new user, and as a guest. The peer sends no mail but keeps the codes in
 * memory. We queue each mail durably. The mails are sent after the requests, and during them for a second figure.
 */
export const codes: Bench = async (kit) => {
  const scene = await openScene(kit);
  const { "ours, sending": sending, ...pairs } = await inRounds(kit, ROUNDS, {
    ours: (round) => pairsPerSecond(scene, kit, "ours", `r${round}`, codesHeldBack),
    "ours, sending": (round) => pairsPerSecond(scene, kit, "ours", `s${round}`, codesMeanwhile),
    node: (round) => pairsPerSecond(scene, kit, "node", `r${round}`, codesOfPeer("node")),
    deno: (round) => pairsPerSecond(scene, kit, "deno", `r${round}`, codesOfPeer("deno")),
  });
  const guests = await inRounds(kit, ROUNDS, {
    ours: () => guestsPerSecond(scene, kit, "ours"),
    node: () => guestsPerSecond(scene, kit, "node"),
    deno: () => guestsPerSecond(scene, kit, "deno"),
  });
  const threeTimes = { node: 3 };
  return [
    ...timesThePeers("codes mailed and used", pairs, threeTimes),
    {
      name: "codes mailed and used/s, while the mails go out",
      value: median(sending),
      unit: "/s",
      detail: { ours: sending },
    },
    ...timesThePeers("guests", guests, threeTimes),
  ];
};

/** Opens the three servers; ours has a mail server. */
async function openScene(kit: Kit): Promise<Scene> {
  const mail = kit.stack.use(new Process<MailEmulatorProcess>("mail_emulator.ts"));
  const env = { SMTP_URL: await mail.ask("url"), MAIL_FROM: "auth@example.test" };
  return { ...await openAuthScene(kit, { hash: "trivial", codes: true, env }), mail };
}

/** Requests codes with `request` and returns them by address. Only `request` is measured. */
type GetCodes = (
  scene: Scene,
  addresses: string[],
  request: () => Promise<void>,
) => Promise<Record<string, string>>;

/**
 * All users request a code, then all sign in with it. Pairs per second of both phases, without the time in between.
 */
async function pairsPerSecond(
  scene: Scene,
  kit: Kit,
  side: Side,
  prefix: string,
  getCodes: GetCodes,
): Promise<number> {
  const count = PAIRS[side];
  const people = Array.from({ length: count }, (_, n) => ({ email: `${prefix}x${n}@example.test` }));
  await scene.clients.ask("muster", { crew: side, people });
  let seconds = 0;
  const all = async (what: keyof AuthRequests) => {
    const { perSecond } = await load(scene, kit, side, what, { until: { requests: count } });
    kit.say(`${side}, ${what}: ${Math.round(perSecond)}/s`);
    seconds += count / perSecond;
  };
  const addresses = people.map(({ email }) => email);
  const values = await getCodes(scene, addresses, () => all("requestCode"));
  await scene.clients.ask("give", { crew: side, name: "code", to: "email", values });
  await all("verifyCode");
  return count / seconds;
}

/** The mail server accepts mails during the requests. */
const codesMeanwhile: GetCodes = async ({ mail }, addresses, request) => {
  await mail.ask("await", addresses);
  await request();
  return await mail.ask("codes");
};

/** The mail server is stopped during the requests, so all mails wait in the queue. */
const codesHeldBack: GetCodes = (scene, addresses, request) =>
  codesMeanwhile(scene, addresses, async () => {
    Deno.kill(scene.mail.pid, "SIGSTOP");
    try {
      await request();
    } finally {
      Deno.kill(scene.mail.pid, "SIGCONT");
    }
  });

function codesOfPeer(peer: Exclude<Side, "ours">): GetCodes {
  return async ({ peers }, _addresses, request) => {
    await request();
    return await peers[peer].ask("codes");
  };
}

async function guestsPerSecond(scene: Scene, kit: Kit, side: Side): Promise<number> {
  const people = Array.from({ length: 64 }, () => ({}));
  await scene.clients.ask("muster", { crew: side, people });
  return (await load(scene, kit, side, "signInAsGuest", { until: { seconds: GUEST_SECONDS } })).perSecond;
}
