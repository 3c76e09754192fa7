import { OURS, people } from "./auth_requests.ts";
import { CALLERS, inRounds, ourEnv } from "./auth_scene.ts";
import { type Bench, median } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const ROUNDS = 5;
const SECONDS = 6;
const PER_SECOND = 1_000;
const SUBJECTS = 20;

/** How much the recording of 1,000 refusals a second slows sign-ins down, and how many events it writes. */
export const refusals: Bench = async (kit) => {
  const { stack, fail } = kit;
  const database = await startDatabase(stack);
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", ourEnv(database, "argon2id")));
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await ours.ask("port");
  const load = async (request: typeof OURS.signIn, until: { seconds: number } | { requests: number }) => {
    const report = await clients.ask("load", {
      port,
      crew: "people",
      request,
      pace: { callers: CALLERS },
      until,
    });
    report.failures.forEach(fail);
    return report.perSecond;
  };
  await clients.ask("muster", { crew: "people", people: people("r", 4 * CALLERS) });
  await load(OURS.register, { requests: 4 * CALLERS });
  const signIns = () => load(OURS.signIn, { seconds: SECONDS });
  const rates = await inRounds(kit, ROUNDS, {
    alone: signIns,
    beside: async () => {
      await ours.ask("refuse", { perSecond: PER_SECOND, subjects: SUBJECTS });
      const rate = await signIns();
      await ours.ask("refuse", { perSecond: 0, subjects: SUBJECTS });
      return rate;
    },
  });
  const written = await ours.ask("refusalsWritten");
  return [
    {
      name: `sign-ins lost while ${PER_SECOND} refusals/s are recorded`,
      value: 100 * (1 - median(rates.beside) / median(rates.alone)),
      unit: "%",
      target: { below: 2 },
      detail: rates,
    },
    {
      name: "events of one subject in the busiest minute",
      value: written.mostOfASubject,
      unit: "",
      target: { below: 100 },
    },
    {
      name: "refusals counted, of those that happened",
      value: 100 * written.counted / written.noted,
      unit: "%",
    },
  ];
};
