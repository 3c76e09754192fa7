import { OURS, people } from "./auth_requests.ts";
import { ourEnv } from "./auth_scene.ts";
import { type Bench, type Kit, median } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { BareHash } from "./processes/bare_hash.ts";
import type { HttpClients, Load, Report } from "./processes/http_clients.ts";
import type { LoopDelay } from "./processes/loop_delay.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const CONNECTIONS = 200;
/** One flood after the other: the first is what it takes at all, the others must not take more. */
const FLOODS = 3;
const SECONDS = 15;
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
  const idle = stack.use(new Process<BareHash>("bare_hash.ts"));
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await ours.ask("port");
  const load = (more: Pick<Load, "request" | "until" | "pace">) => loadCrew(clients, kit, { port, ...more });
  await clients.ask("muster", { crew: "flood", people: people("f", CONNECTIONS) });
  await load({ request: OURS.register, pace: { callers: 4 }, until: { requests: CONNECTIONS } });
  const before = await memoryKept(ours);

  const memory: number[] = [];
  const live: number[] = [];
  const resident: number[] = [];
  const reports: Report[] = [];
  const delays: LoopDelay[] = [];
  const delaysOfIdle: LoopDelay[] = [];
  for (let flood = 1; flood <= FLOODS; flood++) {
    say(`flood ${flood} of ${FLOODS}: ${CONNECTIONS} connections for ${SECONDS} s`);
    const flooding = load({
      request: SIGN_IN,
      pace: { callers: CONNECTIONS },
      until: { seconds: SECONDS },
    });
    await ours.ask("watchLoop");
    await idle.ask("watchLoop");
    memory.push(...await memoryDuring(flooding, ours));
    reports.push(await flooding);
    delays.push(await ours.ask("loopDelay"));
    delaysOfIdle.push(await idle.ask("loopDelay"));
    const kept = await memoryKept(ours);
    live.push(kept.liveMiB);
    resident.push(kept.residentMiB);
  }
  const delay = (of: LoopDelay[], q: keyof LoopDelay) => median(of.map((each) => each[q]));
  const perSecond = (kind: string) => median(reports.map(({ answers }) => (answers[kind] ?? 0) / SECONDS));
  return [
    { name: "event loop's delay, p99", value: delay(delays, "p99"), unit: "ms", target: { below: 50 } },
    { name: "event loop's delay, p50", value: delay(delays, "p50"), unit: "ms" },
    {
      name: "the same of a process beside it that does nothing, p99",
      value: delay(delaysOfIdle, "p99"),
      unit: "ms",
    },
    {
      name: "live memory, after the last flood beside after the first",
      value: 100 * ((live.at(-1) ?? NaN) / (live[0] ?? NaN) - 1),
      unit: "%",
      target: { below: 10 },
      detail: { live, resident, during: memory },
    },
    // V8 gives pages back when it likes: between floods this goes down as well as up.
    { name: "resident memory after the last", value: resident.at(-1) ?? NaN, unit: "MiB" },
    { name: "resident memory in the flood, at most", value: Math.max(...memory), unit: "MiB" },
    { name: "resident memory before it", value: before.residentMiB, unit: "MiB" },
    { name: "signed in", value: perSecond("signedIn"), unit: "/s" },
    { name: "turned away", value: perSecond("overloaded"), unit: "/s" },
  ];
};

/**
 * What the server keeps when it has thrown away what it does not need: what is alive, and what V8 has of the system.
 */
async function memoryKept(server: Process<Sallyport>): Promise<{ liveMiB: number; residentMiB: number }> {
  const { heapBytes } = await server.ask("collectGarbage");
  return { liveMiB: heapBytes / 2 ** 20, residentMiB: Math.round(server.residentKiB() / 1024) };
}

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
