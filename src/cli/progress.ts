import type { OpenFile } from "./lines.ts";
import { overwriteLine, printError } from "./print.ts";

const BAR_CELLS = 24;

/** Without a terminal, progress is printed each time this many lines are done. */
const LINES_A_REPORT = 10_000;

/** Shows the progress of an import on standard error: a bar on a terminal, otherwise a line now and then. */
export function showProgress(file: OpenFile): { show: (lines: number) => void; hide: () => void } {
  let reported = 0;
  return {
    hide: () => void overwriteLine("stderr", ""),
    show: (lines) => {
      const isShown = overwriteLine("stderr", `${barOf(file)}${count(lines)} lines`);
      const reports = Math.floor(lines / LINES_A_REPORT);
      if (!isShown && reports > reported) printError(`${count(lines)} lines`);
      reported = reports;
    },
  };
}

function barOf({ bytesRead, size }: OpenFile): string {
  if (!size) return "";
  const part = Math.min(1, bytesRead() / size);
  const filled = Math.round(part * BAR_CELLS);
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}] ${percent} %  `;
}

/** Formats a number with separators. */
export function count(number: number): string {
  return number.toLocaleString("en");
}
