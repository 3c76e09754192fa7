import { serveCommands } from "./commands.ts";

/*
 * Subscribers over SSE, each on its own connection. They note when which mark came, and read nothing else: the
 * mark is what `pattern` captures of an event's data.
 */

export type Subscription = {
  path: string;
  token: string;
  query: string;
  variables: Record<string, unknown>;
};

/** Deliveries in the order they came: to which subscriber, with which mark, when (ms since the epoch). */
export type Deliveries = { subscribers: number[]; marks: string[]; times: number[] };

type Group = { connections: Deno.TcpConn[]; deliveries: Deliveries; reading: Promise<void>[] };

const groups = new Map<string, Group>();
const failures: string[] = [];

function requestOf(port: number, { path, token, query, variables }: Subscription): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify({ query, variables }));
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
    `accept: text/event-stream\r\n${token ? `authorization: Bearer ${token}\r\n` : ""}` +
    `content-length: ${body.length}\r\n\r\n`;
  return new Uint8Array([...new TextEncoder().encode(head), ...body]);
}

async function subscribe(group: Group, port: number, subscription: Subscription, pattern: RegExp) {
  const subscriber = group.connections.length;
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  group.connections.push(connection);
  for (let bytes = requestOf(port, subscription); bytes.length > 0;) {
    bytes = bytes.subarray(await connection.write(bytes));
  }
  const accepted = Promise.withResolvers<void>();
  group.reading.push(read(group, subscriber, connection, pattern, accepted.resolve));
  await accepted.promise;
}

async function read(
  group: Group,
  subscriber: number,
  connection: Deno.TcpConn,
  pattern: RegExp,
  accepted: () => void,
) {
  const buffer = new Uint8Array(4 * 1024);
  const decoder = new TextDecoder();
  const { subscribers, marks, times } = group.deliveries;
  let text = "";
  let headRead = false;
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
      if (!headRead && text.includes("\n:\n\n")) {
        headRead = true;
        accepted();
      }
      const now = Date.now();
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        if (event.includes('"errors":')) failures.push(event);
        const mark = pattern.exec(event)?.[1];
        if (mark === undefined) continue;
        subscribers.push(subscriber);
        marks.push(mark);
        times.push(now);
      }
    }
  } catch {
    // Closed by us.
  }
  if (!headRead) failures.push(`refused: ${text.slice(0, 300)}`);
  accepted();
}

const commands = {
  /** Opens the subscriptions as group `name`, a few at a time; done when each was accepted. */
  open: async ({ name, port, subscriptions, pattern }: {
    name: string;
    port: number;
    subscriptions: Subscription[];
    pattern: string;
  }) => {
    const group: Group = {
      connections: [],
      deliveries: { subscribers: [], marks: [], times: [] },
      reading: [],
    };
    groups.set(name, group);
    for (let at = 0; at < subscriptions.length; at += 20) {
      const some = subscriptions.slice(at, at + 20);
      for (const one of some) await subscribe(group, port, one, new RegExp(pattern));
    }
  },
  /** How many deliveries lie there. */
  count: (name: string) => groups.get(name)?.deliveries.times.length ?? 0,
  /** Gives what was delivered since the last time. */
  take: (name: string): Deliveries => {
    const group = groups.get(name);
    const empty = { subscribers: [], marks: [], times: [] };
    if (!group) return empty;
    const { subscribers, marks, times } = group.deliveries;
    return { subscribers: subscribers.splice(0), marks: marks.splice(0), times: times.splice(0) };
  },
  /** What went wrong, on any connection. */
  failures: () => failures.splice(0),
  close: async (name: string) => {
    const group = groups.get(name);
    groups.delete(name);
    group?.connections.forEach((connection) => {
      try {
        connection.close();
      } catch {
        // The server was first.
      }
    });
    await Promise.all(group?.reading ?? []);
  },
};

export type SseClients = typeof commands;

await serveCommands(commands);
Deno.exit();
