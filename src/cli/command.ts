/** What a command says when it cannot do its work; printed as it is, and the exit code is 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** The command was not typed as it must be; the message says how. The exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a terminal would obey, or show in another order than it is written: all that is not seen. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Without what is not seen: a server, a provider or a mail may say anything. */
export function harmless(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNSEEN, "");
}

/** The same as one line. */
export function oneLine(text: string): string {
  return harmless(text).replace(/[\n\t]/g, " ");
}

/** A table of text: columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n");
}
