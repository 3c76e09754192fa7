import "./production.ts";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { connectApi, type Desktop } from "../../tui/api.ts";
import { themeFor } from "../../tui/theme.ts";
import { renderTerminal } from "../../tui/run.tsx";
import { MAX_EVENTS } from "../../tui/tail.ts";
import { fakeTerminal } from "../support/tui.ts";
import { type Bench, type Figure, median, quantile, sleep, until } from "./bench.ts";
import { type Program, startDevServer } from "./tui_server.ts";

const ROUNDS = 7;
const KEYS = 300;
const EVENTS = 100_000;
const FLOWS = 5_000;

/** Measures the operator's terminal: the time to the first frame, the time from a key to its frame, memory and idle CPU. */
export const tui: Bench = async (kit) => {
  kit.say("from the start to the first frame");
  const { terminal, task, bare } = await firstFrames(kit.stack);
  kit.say(`keys, with ${MAX_EVENTS} events held and 100 a second arriving`);
  return [
    {
      name: "terminal: start to first frame",
      value: median(terminal),
      unit: "ms",
      target: { below: 300 },
      detail: { rounds: terminal },
    },
    {
      name: "terminal: `deno task tui` to first frame, of a bare program with Deno and Ink",
      value: median(task) / median(bare),
      unit: "times",
      target: { below: 1.3 },
      detail: { task, bare },
    },
    {
      name: "terminal: `deno task tui` to first frame",
      value: median(task),
      unit: "ms",
      target: { below: 1_000 },
    },
    ...await whileItRuns(kit.say),
  ];
};

async function firstFrames(stack: AsyncDisposableStack): Promise<Record<Program, number[]>> {
  const { firstFrame } = await startDevServer(stack);
  const frames: Record<Program, number[]> = { terminal: [], task: [], bare: [] };
  const programs = ["terminal", "task", "bare"] as const;
  for (const program of programs) await firstFrame(program);
  for (let round = 0; round < ROUNDS; round++) {
    for (const program of programs) frames[program].push(await firstFrame(program));
  }
  return frames;
}

async function whileItRuns(say: (what: string) => void): Promise<Figure[]> {
  const server = makeEvents();
  const streams = fakeTerminal(120, 40);
  const desktop: Desktop = {
    open: () => Promise.resolve(false),
    copy: () => {},
    save: () => Promise.resolve(""),
  };
  const greeting = {
    server: {
      version: "0.0.0",
      startedAt: new Date().toISOString(),
      database: "",
      instanceId: "",
      emulated: [],
      inboxUrl: null,
      googleConfigured: false,
      mailConfigured: false,
      modalServerUrl: "http://127.0.0.1",
    },
    operator: { name: "bench", role: "READ" as const, expiresAt: "" },
  };
  const url = "http://127.0.0.1:1";
  using api = connectApi({
    ...{ url, token: "bench", fetch: (request) => server.fetch(request), readOnly: true, desktop },
    greeting: Promise.resolve(greeting),
  });
  const terminal = renderTerminal({ api, start: "events", theme: themeFor("dark") }, streams);
  try {
    await until("the tail is open", 10, () => server.isOpen());
    server.send(MAX_EVENTS);
    await until("the events are held", 60, () => api.tail.events.get().length === MAX_EVENTS);
    const stop = server.sendEverySecond(100);
    const keys = await keysToFrames();
    stop();
    say(`${EVENTS} events`);
    const clears = fullClears(streams.written());
    // A first round fills caches that are filled only once.
    await sendMany(EVENTS / 5);
    const before = heap();
    await sendMany(EVENTS);
    const after = heap();
    const idle = await idleScreens(streams.stdin);
    say(`keys, with ${FLOWS} flows in the list`);
    server.flows = FLOWS;
    streams.stdin.write("1");
    await sleep(500);
    streams.stdin.write("r");
    await until("the flows are held", 20, () => streams.screen().includes(`of ${FLOWS}`));
    const keysOnFlows = await keysToFrames();
    return [
      {
        name: `terminal: key to frame with ${FLOWS.toLocaleString("en")} flows in the list, p99`,
        value: quantile(keysOnFlows, 0.99),
        unit: "ms",
        target: { below: 50 },
        detail: { medianMs: median(keysOnFlows) },
      },
      { name: "terminal: key to frame, p99", value: quantile(keys, 0.99), unit: "ms", target: { below: 50 } },
      { name: "terminal: key to frame, median", value: median(keys), unit: "ms" },
      {
        name: "terminal: heap after 100,000 events, of before",
        value: (after / before) * 100,
        unit: "%",
        target: { below: 110 },
        detail: { before, after },
      },
      { name: "terminal: full clears while it ran", value: clears, unit: "", target: { below: 1 } },
      {
        name: "terminal: CPU when nothing happens, on the busiest screen",
        value: Math.max(...Object.values(idle)),
        unit: "%",
        target: { below: 5 },
        detail: idle,
      },
    ];
  } finally {
    terminal.unmount();
    await terminal.waitUntilExit();
  }

  async function keysToFrames(): Promise<number[]> {
    const keys: number[] = [];
    for (let index = 0; index < KEYS; index++) {
      const written = streams.written().length;
      const begun = performance.now();
      streams.stdin.write(index % 2 === 0 ? "k" : "j");
      while (streams.written().length === written) await new Promise((resolve) => setImmediate(resolve));
      keys.push(performance.now() - begun);
      await sleep(10);
    }
    return keys;
  }

  async function sendMany(events: number): Promise<void> {
    for (let sent = 0; sent < events; sent += 1_000) {
      server.send(1_000);
      await sleep(60);
    }
    await until("the last one is held", 60, () => api.tail.events.get().at(-1)?.cursor === server.last());
    await streams.settled();
    streams.forget();
  }
}

/** A server with an event log, fifty users and fifty flows, all created in the last minute. */
function makeEvents() {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  let count = 0;
  const utf8 = new TextEncoder();
  const next = () => {
    const id = `evt_${String(++count).padStart(26, "0")}`;
    const user = `usr_${String(count % 100).padStart(26, "0")}`;
    return {
      ...{
        cursor: String(count),
        id,
        at: new Date().toISOString(),
        type: "session.issued",
        actor: `user:${user}`,
      },
      ...{ userId: user, sessionId: null, flowId: null, credentialId: null, ipAddress: "127.0.0.1" },
      data: { method: "PASSWORD", transport: "TOKENS" },
    };
  };
  const send = (events: number) => {
    const text = Array.from(
      { length: events },
      () => `event: next\ndata: ${JSON.stringify({ data: { events: next() } })}\n\n`,
    ).join("");
    stream?.enqueue(utf8.encode(text));
  };
  return {
    /** The length of the list of flows. */
    flows: ROWS,
    send,
    last: () => String(count),
    isOpen: () => stream !== undefined,
    sendEverySecond(events: number) {
      const timer = setInterval(() => send(events / 20), 50);
      return () => clearInterval(timer);
    },
    async fetch(request: Request) {
      const { query } = await request.json() as { query: string };
      const list = Object.entries(LISTS).find(([name]) => query.includes(`${name}(`))?.[1];
      if (list) return Response.json({ data: list(this.flows) });
      if (query.includes("WatchFlow(")) return new Response(new ReadableStream(), { headers: SSE });
      if (!query.startsWith("subscription")) return Response.json({ data: { events: { nodes: [next()] } } });
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) });
      return new Response(body, { headers: SSE });
    },
  };
}

const SSE = { "content-type": "text/event-stream" };

const ROWS = 50;

/** Rows with recent times, whose text changes every second. */
function rowsOf<Row extends object>(row: (id: string, at: string) => Row, count = ROWS) {
  const nodes = Array.from(
    { length: count },
    (_, index) => row(String(index).padStart(26, "0"), new Date(Date.now() - index * 1_000).toISOString()),
  );
  return { nodes, totalCount: count, pageInfo: { hasPreviousPage: false, startCursor: null } };
}

const user = (id: string) => ({ id: `usr_${id}`, username: `person${id}`, email: null });

/** The answers to list queries, by operation name. */
const LISTS: Record<string, (flows: number) => object> = {
  SearchUsers: () => ({
    users: rowsOf((id, at) => ({
      ...user(id),
      ...{ emailVerified: false, name: null, isGuest: false, disabled: false, state: "AUTH" },
      ...{ allowedTransitions: ["VISITOR"], roles: [], methods: ["PASSWORD"], stateMetadata: {} },
      ...{ createdAt: at, lastSignInAt: at },
    })),
  }),
  SessionsOfUser: () => ({
    userSessions: rowsOf((id, at) => ({
      ...{
        id: `ses_${id}`,
        method: "PASSWORD",
        transport: "TOKENS",
        ipAddress: "127.0.0.1",
        userAgent: null,
      },
      ...{ createdAt: at, lastSeenAt: at, expiresAt: at, user: user(id) },
    })).nodes,
  }),
  ListFlows: (flows) => ({
    flows: rowsOf((id, at) => ({
      ...{ id: `flw_${id}`, kind: "EMAIL_CODE", status: "WAITING", email: "ada@example.test" },
      ...{ createdAt: at, updatedAt: at, expiresAt: at, failure: null, user: null },
    }), flows),
  }),
};

/** Heap bytes in use after garbage collection. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  for (let round = 0; round < 3; round++) runInNewContext("gc")();
  return Deno.memoryUsage().heapUsed;
}

function fullClears(written: string): number {
  // deno-lint-ignore no-control-regex
  return written.match(/\x1b\[[23]J|\x1b\[(?:1;1)?H\x1b\[J/g)?.length ?? 0;
}

/** The live tail, and the screens with the most times that change every second. Users is the busiest. */
const IDLE = { Events: "5", Users: "3", Flows: "1" };

async function idleScreens(keyboard: { write(text: string): unknown }): Promise<Record<string, number>> {
  const used: Record<string, number> = {};
  for (const [screen, key] of Object.entries(IDLE)) {
    keyboard.write(key);
    // The first load is not idle time.
    await sleep(2_000);
    used[screen] = await idleCpu();
  }
  return used;
}

/** The share of one core used over five seconds, in percent. */
async function idleCpu(): Promise<number> {
  const before = performance.now();
  const used = process.cpuUsage();
  await sleep(5_000);
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1000 / (performance.now() - before) * 100;
}
