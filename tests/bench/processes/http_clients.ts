import { serveCommands } from "./commands.ts";

/*
 * Requests over connections that stay open, written and read by hand: `fetch` would cost more than the servers
 * it is to measure.
 */

const END_OF_HEAD = "\r\n\r\n";

/** One request after the other on one connection until `end`. */
async function client(port: number, body: string, end: number, failures: string[]): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  const request = new TextEncoder().encode(
    `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
      `accept: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const buffer = new Uint8Array(16 * 1024);
  const decoder = new TextDecoder();
  for (let answered = 0;; answered++) {
    if (performance.now() > end) return answered;
    await connection.write(request);
    let text = "";
    while (!isWhole(text)) {
      const count = await connection.read(buffer);
      if (count === null) {
        failures.push("connection closed");
        return answered;
      }
      text += decoder.decode(buffer.subarray(0, count));
    }
    if (!text.startsWith("HTTP/1.1 200") || !text.includes('{"data":{"__typename":"Query"}}')) {
      failures.push(text);
    }
  }
}

function isWhole(text: string): boolean {
  const head = text.indexOf(END_OF_HEAD);
  if (head < 0) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return length === undefined
    ? text.endsWith("0\r\n\r\n")
    : text.length >= head + END_OF_HEAD.length + Number(length);
}

const commands = {
  /** As many requests as are answered in `seconds` over `connections`. */
  load: async ({ port, query, connections, seconds }: {
    port: number;
    query: string;
    connections: number;
    seconds: number;
  }) => {
    const failures: string[] = [];
    const begun = performance.now();
    const body = JSON.stringify({ query });
    const counts = await Promise.all(
      Array.from({ length: connections }, () => client(port, body, begun + seconds * 1000, failures)),
    );
    const answered = counts.reduce((sum, count) => sum + count, 0);
    return { perSecond: answered / ((performance.now() - begun) / 1000), answered, failures };
  },
};

export type HttpClients = typeof commands;

await serveCommands(commands);
Deno.exit();
