import { createSchema, createYoga } from "graphql-yoga";
import { collectGarbage, serveCommands } from "./commands.ts";

/*
 * A minimal server as a baseline: Yoga with its default plugins and no database, and a loop that writes server-sent
 * events by hand. Its responses have the shapes of ours.
 */

type Flow = { id: string; status: string; updatedAt: string; attempt: number };
type Event = {
  cursor: string;
  at: string;
  type: string;
  actor: string;
  flowId: string;
  data: { step: string };
};

const typeDefs = /* GraphQL */ `
  scalar JSON
  type Flow { id: ID!, status: String!, updatedAt: String!, attempt: Int! }
  type AuthEvent { cursor: String!, at: String!, type: String!, actor: String!, flowId: ID, data: JSON! }
  type User { id: ID!, username: String }
  type Query { hello: String!, viewer: User }
  type Subscription { flow(id: ID!): Flow!, events: AuthEvent! }
`;

/** A constant user, without a lookup. */
const VIEWER = { id: "usr_01jd3xq5k5e0xr1v5t9m2n7c8b", username: "user" };

/** A queue of values for one subscriber. `push` never waits. */
class Feed<T> {
  readonly #values: T[] = [];
  #wake: (() => void) | undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  async *read(): AsyncGenerator<T> {
    while (true) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

const flows = new Map<string, Feed<{ flow: Flow }>>();
const readers = new Set<Feed<{ events: Event }>>();
/** Subscribers of the hand-written loop by flow id, or by an empty id if they receive everything. */
const byHand = new Map<string, ReadableStreamDefaultController<Uint8Array>>();

const schema = createSchema({
  typeDefs,
  resolvers: {
    Query: { hello: () => "hello", viewer: () => VIEWER },
    Subscription: {
      flow: {
        subscribe: (_root: unknown, { id }: { id: string }) => {
          const feed = new Feed<{ flow: Flow }>();
          flows.set(id, feed);
          feed.push({ flow: flowOf(id, 0) });
          return feed.read();
        },
      },
      events: {
        subscribe: () => {
          const feed = new Feed<{ events: Event }>();
          readers.add(feed);
          return feed.read();
        },
      },
    },
  },
});

const yoga = createYoga({ schema, logging: false });
const encoder = new TextEncoder();

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  const url = new URL(request.url);
  return url.pathname === "/by-hand" ? byHandStream(url.searchParams.get("id") ?? "") : yoga.fetch(request);
});

function byHandStream(id: string): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      byHand.set(id, controller);
      controller.enqueue(encoder.encode(":\n\n"));
    },
    cancel: () => void byHand.delete(id),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function sendByHand(controller: ReadableStreamDefaultController<Uint8Array> | undefined, data: unknown) {
  controller?.enqueue(encoder.encode(`event: next\ndata: ${JSON.stringify({ data })}\n\n`));
}

function flowOf(id: string, attempt: number): Flow {
  return { id, status: "PENDING", updatedAt: new Date().toISOString(), attempt };
}

/** Calls `emit` `rate` times per second for `seconds`, in batches every `everyMs`. */
async function paced(rate: number, seconds: number, everyMs: number, emit: (n: number) => void) {
  const begun = performance.now();
  let sent = 0;
  while (sent < rate * seconds) {
    const due = Math.min(rate * seconds, Math.floor((performance.now() - begun) / 1000 * rate) + 1);
    while (sent < due) emit(sent++);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return null;
}

type Pace = { rate: number; seconds: number; from: number; hand: boolean };

const commands = {
  port: () => server.addr.port,
  /** Changes the flows in turn. `from` is the number of the first change of each flow. */
  changeFlows: ({ rate, seconds, ids, from, hand }: Pace & { ids: string[] }) =>
    paced(rate, seconds, 20, (n) => {
      const id = ids[n % ids.length] ?? "";
      const flow = flowOf(id, from + Math.floor(n / ids.length));
      if (hand) sendByHand(byHand.get(id), { flow });
      else flows.get(id)?.push({ flow });
    }),
  /** Sends each event to every subscriber. */
  sendEvents: ({ rate, seconds, flowId, from, hand }: Pace & { flowId: string }) =>
    paced(rate, seconds, 5, (n) => {
      const at = new Date().toISOString();
      const data = { step: `${from + n}` };
      const events = {
        cursor: n.toString(36),
        at,
        type: "flow.changed",
        actor: "system",
        flowId,
        data,
      };
      if (hand) { for (const controller of byHand.values()) sendByHand(controller, { events }); }
      else for (const reader of readers) reader.push({ events });
    }),
  collectGarbage,
};

export type BareYoga = typeof commands;

await serveCommands(commands);
Deno.exit();
