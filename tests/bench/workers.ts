import { OURS, people } from "./auth_requests.ts";
import { CALLERS, inRounds, ourEnv } from "./auth_scene.ts";
import { type Bench, type Figure, median } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { HttpClients, Load } from "./processes/http_clients.ts";
import { startServer, temporaryFolder } from "../support/server_process.ts";

const WORKERS = [1, 2] as const;
const ROUNDS = 5;
const SECONDS = 2;
const PEOPLE = 100;

type Count = (typeof WORKERS)[number];

/**
 * How much more two workers do than one server, as started by `start`. The clients and Postgres take their share of
 * the same cores, so the ratio says most on a machine with more cores.
 */
export const workers: Bench = async (kit) => {
  const database = await startDatabase(kit.stack);
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const ports: Partial<Record<Count, number>> = {};
  for (const count of WORKERS) {
    const folder = kit.stack.use(await temporaryFolder());
    const { BENCH_HASH: _, ...env } = ourEnv(database, "argon2id");
    const server = kit.stack.use(await startServer(folder.path, env, "--workers", `${count}`));
    ports[count] = Number(new URL(server.url).port);
  }
  const load = async (count: Count, what: keyof typeof OURS, until: Load["until"]) => {
    const port = ports[count] ?? 0;
    const crew = `w${count}`;
    const report = await clients.ask("load", {
      port,
      crew,
      request: OURS[what],
      pace: { callers: CALLERS },
      until,
    });
    report.failures.forEach((failure) => kit.fail(`${count} workers, ${what}: ${failure}`));
    return report.perSecond;
  };
  for (const count of WORKERS) {
    await clients.ask("muster", { crew: `w${count}`, people: people(`w${count}x`, PEOPLE) });
    await load(count, "register", { requests: PEOPLE });
    await load(count, "signIn", { requests: PEOPLE });
  }
  const until = { seconds: SECONDS };
  const rates = await inRounds(kit, ROUNDS, {
    "1, checks": () => load(1, "checkByToken", until),
    "2, checks": () => load(2, "checkByToken", until),
    "1, sign-ins": () => load(1, "signIn", until),
    "2, sign-ins": () => load(2, "signIn", until),
  });
  const ofTwo = (what: "checks" | "sign-ins", name: string): Figure => ({
    name: `${name}/s with two workers, of one`,
    value: median(rates[`2, ${what}`]) / median(rates[`1, ${what}`]),
    unit: "times",
    target: { atLeast: 1.7 },
    detail: { one: rates[`1, ${what}`], two: rates[`2, ${what}`] },
  });
  return [ofTwo("checks", "session checks by token"), ofTwo("sign-ins", "sign-ins")];
};
