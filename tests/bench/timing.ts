import { administer } from "../support/templates.ts";
import { OURS, people } from "./auth_requests.ts";
import { ourEnv } from "./auth_scene.ts";
import { type Bench, median } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { HttpClients, Load } from "./processes/http_clients.ts";
import type { Values } from "./processes/http_request.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const TRIES = 1_000;

const KINDS = ["unknown user", "wrong password", "disabled account"] as const;
type Kind = (typeof KINDS)[number];

/** Every order equally often, so that the effect of one attempt on the next is the same for all kinds. */
const TURNS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flat().map((n) =>
  KINDS[n] as Kind
);

const REJECTED = { ...OURS.signIn, answers: { rejected: '"code":"INVALID_CREDENTIALS"' }, keep: {} };

/**
 * R19: whether the duration of a rejected sign-in reveals that an account exists. Attempts run one at a time, in
 * turn.
 */
export const timing: Bench = async ({ stack, fail, say }) => {
  const database = await startDatabase(stack);
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", ourEnv(database, "argon2id")));
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await ours.ask("port");
  const load = async (crew: Values[], more: Pick<Load, "request" | "until">) => {
    await clients.ask("muster", { crew: "them", people: crew });
    const report = await clients.ask("load", { port, crew: "them", pace: { callers: 1 }, ...more });
    report.failures.forEach(fail);
    return report;
  };
  const [disabled, known] = people("t", 2) as [Values, Values];
  await load([disabled, known], { request: OURS.register, until: { requests: 2 } });
  await administer(
    database,
    `update users set disabled_at = now() where username = '${disabled["username"]}'`,
  );

  const crew: Record<Kind, Values> = {
    "unknown user": { ...known, username: "bencht2" },
    "wrong password": { ...known, password: "Wl4-quiet-Harbour-92" },
    "disabled account": disabled,
  };
  const turns = TURNS.map((kind) => ({ ...crew[kind] }));
  await load(turns, { request: REJECTED, until: { requests: 3 * TURNS.length } });
  say(`${TRIES} tries of each kind`);
  const report = await load(turns, { request: REJECTED, until: { requests: TRIES * KINDS.length } });

  const ofKind = (kind: Kind) =>
    median(report.latenciesMs.filter((_, n) => TURNS[n % TURNS.length] === kind));
  const medians = KINDS.map(ofKind);
  return [
    {
      name: "refusals' medians, the slowest beside the quickest",
      value: 100 * (Math.max(...medians) / Math.min(...medians) - 1),
      unit: "%",
      target: { below: 5 },
    },
    ...KINDS.map((kind, n) => ({ name: kind, value: medians[n] ?? NaN, unit: "ms" })),
  ];
};
