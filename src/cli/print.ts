import { plainText } from "../client/operator/plain_text.ts";

const utf8 = new TextEncoder();

/**
 * Prints lines to standard output, one per argument. Foreign text in a line can neither end it nor control the
 * terminal. All output of the command line goes through this module.
 */
export function print(...lines: readonly string[]): void {
  console.log(lines.map(plainText).join("\n"));
}

/** Prints lines to standard error, like `print`. */
export function printError(...lines: readonly string[]): void {
  console.error(lines.map(plainText).join("\n"));
}

/** Overwrites the terminal's current line. Returns false and writes nothing if there is no terminal. */
export function overwriteLine(stream: "stdout" | "stderr", text: string): boolean {
  if (!Deno[stream].isTerminal()) return false;
  Deno[stream].writeSync(utf8.encode(`\r\x1b[K${plainText(text)}`));
  return true;
}
