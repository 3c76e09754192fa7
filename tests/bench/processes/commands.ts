/**
 * The side of a bench's process that is asked: reads commands from standard input, a line of JSON each, and
 * answers on standard output. Returns when the input ends.
 */
export async function serveCommands(
  commands: Record<string, (input: never) => unknown>,
): Promise<void> {
  const answer = async (line: string) => {
    const { id, name, input } = JSON.parse(line) as { id: number; name: string; input: never };
    try {
      const command = commands[name];
      if (!command) throw new TypeError(`No command ${name}`);
      write({ id, result: await command(input) ?? null });
    } catch (error) {
      write({ id, error: error instanceof Error ? error.stack ?? error.message : `${error}` });
    }
  };
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) void answer(line);
  }
}

function write(answer: unknown): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** V8 gives memory back to the system by and by: so many times we look whether it has. */
const MOST_COLLECTIONS = 12;

/** Frees what is free, so that memory can be compared, and returns what the heap holds. Needs `--expose-gc`. */
export async function collectGarbage(): Promise<{ heapBytes: number }> {
  const { gc } = globalThis as { gc?: () => void };
  let resident = Infinity;
  for (let round = 0; round < MOST_COLLECTIONS; round++) {
    gc?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { rss } = Deno.memoryUsage();
    if (round >= 4 && rss > 0.99 * resident) break;
    resident = rss;
  }
  return { heapBytes: Deno.memoryUsage().heapUsed };
}
