import { plainText } from "../client/operator/plain_text.ts";

const utf8 = new TextEncoder();

/**
 * Prints lines to standard output, one for each argument. What a server, a provider or a mail wrote into a line cannot
 * end it and steers no terminal. Nothing else of the command line writes to the terminal.
 */
export function print(...lines: readonly string[]): void {
  console.log(lines.map(plainText).join("\n"));
}

/** The same, to standard error. */
export function printError(...lines: readonly string[]): void {
  console.error(lines.map(plainText).join("\n"));
}

/** Writes over the terminal's current line. False, and nothing is written, where there is no terminal. */
export function overwriteLine(stream: "stdout" | "stderr", text: string): boolean {
  if (!Deno[stream].isTerminal()) return false;
  Deno[stream].writeSync(utf8.encode(`\r\x1b[K${plainText(text)}`));
  return true;
}
