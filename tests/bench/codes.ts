import type { AuthRequests } from "./auth_requests.ts";
import { type AuthScene, inRounds, load, openAuthScene, type Side, timesThePeers } from "./auth_scene.ts";
import { type Bench, type Kit, median } from "./bench.ts";
import { Process } from "./process.ts";
import type { MailEmulatorProcess } from "./processes/mail_emulator.ts";

const ROUNDS = 3;
const GUEST_SECONDS = 2;

/** Pairs in a round: enough for a second or two. */
const PAIRS: Record<Side, number> = { ours: 800, node: 500, deno: 500 };

type Scene = AuthScene & { mail: Process<MailEmulatorProcess> };

/**
 * Signing in with a mailed code, as somebody new, and as a guest. The peer sends no mail, it keeps the codes in
 * memory. Ours queues each mail durably; it goes out when the requests are over, and in a second figure meanwhile.
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

/** The three servers, ours with a mail server. */
async function openScene(kit: Kit): Promise<Scene> {
  const mail = kit.stack.use(new Process<MailEmulatorProcess>("mail_emulator.ts"));
  const env = { SMTP_URL: await mail.ask("url"), MAIL_FROM: "auth@example.test" };
  return { ...await openAuthScene(kit, { hash: "trivial", codes: true, env }), mail };
}

/** Has codes asked for by `request`, and returns them by address. Only `request` is counted. */
type GetCodes = (
  scene: Scene,
  addresses: string[],
  request: () => Promise<void>,
) => Promise<Record<string, string>>;

/** All ask for a code, then all sign in with theirs: the pairs by the time of both, without what is in between. */
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

/** Our mail server takes mails all the time. */
const codesMeanwhile: GetCodes = async ({ mail }, addresses, request) => {
  await mail.ask("await", addresses);
  await request();
  return await mail.ask("codes");
};

/** Our mail server stands still during the requests: all mails are queued, and wait. */
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
