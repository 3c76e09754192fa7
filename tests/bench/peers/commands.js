import process from "node:process";
import { createInterface } from "node:readline";

/**
 * `processes/commands.ts`' `serveCommands`, for Node too: reads commands from standard input, a line of JSON each,
 * and answers on standard output. Returns when the input ends.
 */
export async function serveCommands(commands) {
  const answer = async (line) => {
    const { id, name, input } = JSON.parse(line);
    try {
      write({ id, result: await commands[name](input) ?? null });
    } catch (error) {
      write({ id, error: error instanceof Error ? error.stack ?? error.message : `${error}` });
    }
  };
  for await (const line of createInterface({ input: process.stdin })) void answer(line);
}

function write(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
