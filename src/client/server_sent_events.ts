import { sleep } from "../lib/sleep.ts";

/** One event of a stream; comments are left out. */
export type ServerSentEvent = { event: string; data: string };

/** A stream of ours says something every twelve seconds, if only that it is still there. */
const SILENCE_MS = 30_000;

/**
 * Reads `text/event-stream` (HTML standard, §9.2.6) as far as servers of GraphQL over SSE use it, until it ends or
 * `signal` aborts. Throws when the connection breaks, and when nothing was heard for half a minute: one that is dead
 * without having been closed would be waited for without end.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
  wait: typeof sleep = sleep,
): AsyncGenerator<ServerSentEvent> {
  let buffer = "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // Not waited for: on a dead connection it would not end.
  const leave = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", leave);
  try {
    // Not `for await`: Safari's streams cannot be iterated.
    for (let next = await heard(reader, wait); !next.done; next = await heard(reader, wait)) {
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

async function heard(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wait: typeof sleep,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  const over = new AbortController();
  const silence = wait(SILENCE_MS, over.signal).then(() => {
    throw new Error("Nothing was heard for half a minute");
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
    // `s`: the line ends of Unicode, which JSON leaves as they are, end no line here.
    const [, field, value = ""] = /^([^:]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 || event !== "message" ? { event, data: data.join("\n") } : undefined;
}
