import { sleep } from "../lib/sleep.ts";

/** One event of a stream. Comments are skipped. */
export type ServerSentEvent = { event: string; data: string };

/** Sallyport sends something on every stream at least every twelve seconds. */
const SILENCE_MS = 30_000;

/**
 * Reads `text/event-stream` (HTML standard, §9.2.6), as far as GraphQL over SSE uses it, until it ends or `signal`
 * aborts. Throws when the connection breaks or is silent for 30 seconds: a dead connection would otherwise never end.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
  wait: typeof sleep = sleep,
): AsyncGenerator<ServerSentEvent> {
  let buffer = "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // Not awaited: on a dead connection it would never end.
  const leave = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", leave);
  try {
    // Not `for await`: Safari's streams cannot be iterated.
    for (let next = await read(reader, wait); !next.done; next = await read(reader, wait)) {
      buffer = (buffer + decoder.decode(next.value, { stream: true })).replaceAll("\r\n", "\n");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event) yield event;
      }
    }
  } finally {
    signal?.removeEventListener("abort", leave);
    leave();
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wait: typeof sleep,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  const over = new AbortController();
  const silence = wait(SILENCE_MS, over.signal).then(() => {
    throw new Error("The server sent nothing for 30 seconds");
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    over.abort();
  }
}

function parseBlock(block: string): ServerSentEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    // With the `s` flag, `.` matches U+2028 and U+2029, which JSON does not escape.
    const [, field, value = ""] = /^([^:]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 || event !== "message" ? { event, data: data.join("\n") } : undefined;
}
