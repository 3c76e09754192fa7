import { CALLERS, ourEnv } from "./auth_scene.ts";
import { OURS, people } from "./auth_requests.ts";
import { type Bench, type Figure, type Kit, median, sleep } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { delayFigures } from "./fanout.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { HttpClients, Load } from "./processes/http_clients.ts";
import type { Values } from "./processes/http_request.ts";
import type { Sallyport } from "./processes/sallyport.ts";
import type { SseClients } from "./processes/sse_clients.ts";

const ROUNDS = 5;
const SECONDS = 2;
const SUBSCRIBERS = 1_000;
const CHANGES_PER_SECOND = 500;
const LIVE_SECONDS = 8;

/** Deliveries are over when none came for so long. */
const QUIET_MS = 600;

/** To PAYMENT, back to AUTH, and again; `to` is what the last answer said one can go to. */
const TRANSITION = graphqlRequest(
  `mutation Transition($to: UserState!) { transitionState(to: $to) {
    __typename ... on StateChanged { authState { currentState allowedTransitions } } ... on AuthError { code message } } }`,
  { changed: '"__typename":"StateChanged"' },
  {
    variables: { to: "%{to}" },
    headers: { authorization: "Bearer %{token}" },
    keep: { to: '"allowedTransitions":\\[(?:"VISITOR",)?"([A-Z]+)"' },
  },
);

const AUTH_STATE = "subscription { authState { currentState allowedTransitions stateMetadata } }";

/** When the state was changed, which is a moment before the commit. */
const CHANGED_AT = '"at":"([^"]+)"';

type Scene = { one: Process<Sallyport>; other: Process<Sallyport>; clients: Process<HttpClients> };

/** State transitions with all they write, and how soon a thousand people see their own on two instances. */
export const states: Bench = async (kit) => {
  const database = await startDatabase(kit.stack);
  const env = { ...ourEnv(database, "trivial"), STATE_REQUIREMENTS: "PAYMENT=username,password" };
  const one = kit.stack.use(new Process<Sallyport>("sallyport.ts", env));
  const other = kit.stack.use(new Process<Sallyport>("sallyport.ts", env));
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const scene = { one, other, clients };
  await enroll(scene, kit);
  return [await rate(scene, kit), ...await live(scene, kit)];
};

/** As many people as subscribe, signed in. */
async function enroll({ one, clients }: Scene, kit: Kit): Promise<void> {
  kit.say(`${SUBSCRIBERS} people register and sign in`);
  const crew = people("s", SUBSCRIBERS).map((values): Values => ({ ...values, to: "PAYMENT" }));
  await clients.ask("muster", { crew: "all", people: crew });
  for (const request of [OURS.register, OURS.signIn]) {
    await load({ one, clients }, kit, {
      request,
      pace: { callers: CALLERS },
      until: { requests: SUBSCRIBERS },
    });
  }
}

async function load(
  { one, clients }: Pick<Scene, "one" | "clients">,
  { fail }: Kit,
  load: Pick<Load, "request" | "pace" | "until">,
): Promise<number> {
  const report = await clients.ask("load", { port: await one.ask("port"), crew: "all", ...load });
  report.failures.forEach(fail);
  return report.perSecond;
}

async function rate(scene: Scene, kit: Kit): Promise<Figure> {
  const rates = [];
  for (let round = 0; round <= ROUNDS; round++) {
    kit.say(`transitions, round ${round} of ${ROUNDS}`);
    const pace = { callers: CALLERS };
    rates.push(await load(scene, kit, { request: TRANSITION, pace, until: { seconds: SECONDS } }));
  }
  // The first round only warms up.
  const detail = { rates: rates.slice(1) };
  const target = { atLeast: 1_500 };
  return { name: "state transitions/s", value: median(detail.rates), unit: "/s", target, detail };
}

async function live(scene: Scene, kit: Kit): Promise<Figure[]> {
  const { one, other, clients } = scene;
  const sse = kit.stack.use(new Process<SseClients>("sse_clients.ts"));
  const subscriptions = (await clients.ask("values", "all")).map(({ token = "" }) => (
    { path: "/graphql", token, query: AUTH_STATE, variables: {} }
  ));
  const instances = {
    one: subscriptions.slice(0, SUBSCRIBERS / 2),
    other: subscriptions.slice(SUBSCRIBERS / 2),
  };
  for (const [name, some] of Object.entries(instances)) {
    kit.say(`${some.length} subscribers on ${name}`);
    const port = await (name === "one" ? one : other).ask("port");
    await sse.ask("open", { name, port, subscriptions: some, pattern: CHANGED_AT });
  }
  const quiet = async () => {
    const count = async () => await sse.ask("count", "one") + await sse.ask("count", "other");
    for (let before = -1, now = await count(); now !== before; [before, now] = [now, await count()]) {
      await sleep(QUIET_MS);
    }
  };
  await quiet();
  for (const name of Object.keys(instances)) await sse.ask("take", name);
  kit.say(`${CHANGES_PER_SECOND} changes a second for ${LIVE_SECONDS} s`);
  const pace = { perSecond: CHANGES_PER_SECOND };
  const changed = await load(scene, kit, { request: TRANSITION, pace, until: { seconds: LIVE_SECONDS } });
  await quiet();
  const delays = [];
  for (const name of Object.keys(instances)) {
    const { marks, times } = await sse.ask("take", name);
    delays.push(...marks.map((mark, n) => (times[n] ?? NaN) - Date.parse(mark)));
  }
  (await sse.ask("failures")).forEach(kit.fail);
  return [
    { name: `authState, ${SUBSCRIBERS} subscribers on two instances: changes`, value: changed, unit: "/s" },
    { name: "— delivered", value: 100 * delays.length / (changed * LIVE_SECONDS), unit: "%" },
    ...delayFigures(delays).map((figure) => ({ ...figure, name: `— ${figure.name}` })),
  ];
}
