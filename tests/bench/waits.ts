import { type Bench, quantile, sleep, until } from "./bench.ts";
import { serverEnv, startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { ModalEmulatorProcess } from "./processes/modal_emulator.ts";
import type { Sallyport } from "./processes/sallyport.ts";
import type { SseClients } from "./processes/sse_clients.ts";

const WARM_UP = 200;
const WAITS = 2_000;
const APPROVED = 200;
const APPROVED_PER_SECOND = 40;

/** Half of what is configured by default, so that polls end and begin anew while we measure. */
const WAITING = { MODAL_POLL_SECONDS: "20", MODAL_MAX_ATTEMPTS: "30" };

type Started = { id: string; tokenFlowId: string };
type Shown = { status: string; steps: { name: string }[] };

const START = `mutation { startModalTokenFlow {
  __typename ... on ModalTokenFlowStarted { flow { id tokenFlowId } } ... on AuthError { message } } }`;
const WATCH = "subscription($id: ID!) { flow(id: $id) { status steps { name } } }";

/** R37: what two thousand waiting flows weigh, and how soon a subscriber learns of Modal's answer meanwhile. */
export const waits: Bench = async ({ stack, fail, say }) => {
  const database = await startDatabase(stack);
  const emulator = stack.use(new Process<ModalEmulatorProcess>("modal_emulator.ts"));
  const env = serverEnv(database, { MODAL_SERVER_URL: await emulator.ask("url"), ...WAITING });
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", env));
  const clients = stack.use(new Process<SseClients>("sse_clients.ts"));
  const port = await ours.ask("port");
  const token = await ours.ask("token");

  const start = (count: number) => startFlows(port, token, count, fail);
  const held = (count: number) =>
    until(`${count} polls are held`, 30, async () => await emulator.ask("held") === count);

  say(`${WARM_UP} flows to warm up`);
  const warm = await start(WARM_UP);
  await held(warm.length);
  await emulator.ask("approve", { ids: warm.map((flow) => flow.tokenFlowId), perSecond: 100 });
  await until("nothing is waited for", 20, async () => await ours.ask("waiting") === 0);
  await sleep(500);
  const heapBefore = await ours.ask("collectGarbage");
  const before = ours.residentKiB();

  say(`${WAITS} flows`);
  // Their starting counts too: room that V8 made for it and has not given back yet, mostly.
  const flows = await start(WAITS);
  await held(flows.length);
  const heapAfter = await ours.ask("collectGarbage");
  const memory = (ours.residentKiB() - before) / flows.length;
  const heap = (heapAfter.heapBytes - heapBefore.heapBytes) / 1024 / flows.length;

  say(`approving ${APPROVED} of them`);
  const watched = flows.filter((_, n) => n % (WAITS / APPROVED) === 0);
  const subscription = { path: "/graphql", token, query: WATCH };
  const subscriptions = watched.map(({ id }) => ({ ...subscription, variables: { id } }));
  await clients.ask("open", { name: "watch", port, subscriptions, pattern: "data: (.+)" });
  const cpuBefore = ours.cpuSeconds();
  const ids = watched.map((flow) => flow.tokenFlowId);
  const approvedAt = await emulator.ask("approve", { ids, perSecond: APPROVED_PER_SECOND });
  await sleep(2_000);
  const cpu = ours.cpuSeconds() - cpuBefore;

  const { subscribers, marks, times } = await clients.ask("take", "watch");
  const received = new Map<number, number>();
  const succeeded = new Map<number, number>();
  marks.forEach((mark, n) => {
    const subscriber = subscribers[n] ?? -1;
    const { status, steps } = (JSON.parse(mark) as { data: { flow: Shown } }).data.flow;
    const delay = (times[n] ?? 0) - (approvedAt[subscriber] ?? 0);
    if (steps.some((step) => step.name === "tokens_received") && !received.has(subscriber)) {
      received.set(subscriber, delay);
    }
    if (status === "SUCCEEDED") succeeded.set(subscriber, delay);
  });
  watched.forEach(({ id }, n) => {
    if (!succeeded.has(n)) fail(`the subscriber of ${id} never saw it succeed`);
  });
  (await clients.ask("failures")).forEach(fail);
  const [first, last] = [[...received.values()], [...succeeded.values()]];
  return [
    { name: "memory a waiting flow", value: memory, unit: "KiB", target: { below: 40 } },
    { name: "of it in JavaScript's heap", value: heap, unit: "KiB" },
    { name: "Modal's answer to subscriber, p50", value: quantile(first, 0.5), unit: "ms" },
    {
      name: "Modal's answer to subscriber, p99",
      value: quantile(first, 0.99),
      unit: "ms",
      target: { below: 250 },
    },
    { name: "… and verified with Modal, p50", value: quantile(last, 0.5), unit: "ms" },
    { name: "… and verified with Modal, p99", value: quantile(last, 0.99), unit: "ms" },
    {
      name: "CPU while 40 a second are approved",
      value: 100 * cpu / (APPROVED / APPROVED_PER_SECOND + 2),
      unit: "%",
    },
  ];
};

/** Starts flows through the API, sixteen at a time. */
async function startFlows(
  port: number,
  token: string,
  count: number,
  fail: (what: string) => void,
): Promise<Started[]> {
  const flows: Started[] = [];
  let begun = 0;
  const starter = async () => {
    while (begun++ < count) {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: START }),
      });
      const answer = await response.text();
      const { data } = JSON.parse(answer) as { data?: { startModalTokenFlow: { flow?: Started } } };
      const flow = data?.startModalTokenFlow.flow;
      if (flow) flows.push(flow);
      else fail(answer);
    }
  };
  await Promise.all(Array.from({ length: 16 }, starter));
  return flows;
}
