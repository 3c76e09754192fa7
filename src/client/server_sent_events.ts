/** One event of a stream; comments are left out. */
export type ServerSentEvent = { event: string; data: string };

/** Reads `text/event-stream` (HTML standard, §9.2.6) as far as servers of GraphQL over SSE use it. */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let buffer = "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    // Not `for await`: Safari's streams cannot be iterated.
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      buffer = (buffer + decoder.decode(next.value, { stream: true })).replaceAll("\r\n", "\n");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function parseBlock(block: string): ServerSentEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 || event !== "message" ? { event, data: data.join("\n") } : undefined;
}
