import { OURS } from "./auth_requests.ts";
import { ourEnv } from "./auth_scene.ts";
import { people } from "./auth_requests.ts";
import { type Bench, type Kit, median } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { HttpClients, Load } from "./processes/http_clients.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const CONNECTIONS = 200;
const SECONDS = 45;
/** Until then the server takes the memory that it needs for so much work at all. */
const SETTLED_SECONDS = 9;
const EVERY_MS = 250;

/** Who is turned away because too much is waiting already has got a right answer. */
const SIGN_IN = {
  ...OURS.signIn,
  answers: { ...OURS.signIn.answers, overloaded: '"code":"OVERLOADED"' },
  keep: {},
};

/** R17: more people at the door than hashes can be made. */
export const flood: Bench = async (kit) => {
  const { stack, say } = kit;
  const ours = stack.use(
    new Process<Sallyport>("sallyport.ts", ourEnv(await startDatabase(stack), "argon2id")),
  );
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await ours.ask("port");
  const load = (more: Pick<Load, "request" | "until" | "pace">) => loadCrew(clients, kit, { port, ...more });
  await clients.ask("muster", { crew: "flood", people: people("f", CONNECTIONS) });
  await load({ request: OURS.register, pace: { callers: 4 }, until: { requests: CONNECTIONS } });
  await ours.ask("collectGarbage");
  const idle = ours.residentKiB() / 1024;

  say(`${CONNECTIONS} connections for ${SECONDS} s`);
  await ours.ask("watchLoop");
  const flooding = load({ request: SIGN_IN, pace: { callers: CONNECTIONS }, until: { seconds: SECONDS } });
  const memory = await memoryDuring(flooding, ours);
  const report = await flooding;
  const delay = await ours.ask("loopDelay");

  const settled = memory.slice(SETTLED_SECONDS * 1000 / EVERY_MS);
  const third = Math.floor(settled.length / 3);
  const first = median(settled.slice(0, third));
  const last = median(settled.slice(-third));
  const { signedIn = 0, overloaded = 0 } = report.answers;
  return [
    { name: "event loop's delay, p99", value: delay.p99, unit: "ms", target: { below: 50 } },
    { name: "event loop's delay, at most", value: delay.most, unit: "ms" },
    {
      name: "memory's growth from the flood's first third to its last",
      value: 100 * (last / first - 1),
      unit: "%",
      target: { below: 10 },
      detail: { memory },
    },
    { name: "memory in the flood", value: last, unit: "MiB" },
    { name: "memory before it", value: idle, unit: "MiB" },
    { name: "signed in", value: signedIn / SECONDS, unit: "/s" },
    { name: "turned away", value: overloaded / SECONDS, unit: "/s" },
  ];
};

async function loadCrew(clients: Process<HttpClients>, { fail }: Kit, load: Omit<Load, "crew">) {
  const report = await clients.ask("load", { crew: "flood", ...load });
  report.failures.forEach(fail);
  return report;
}

/** What the server has in use, in MiB, every now and then until `work` is done. */
async function memoryDuring(work: Promise<unknown>, server: Process<Sallyport>): Promise<number[]> {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(Math.round(server.residentKiB() / 1024)), EVERY_MS);
  await work.finally(() => clearInterval(timer));
  return samples;
}
