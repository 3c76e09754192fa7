import { plainText } from "../client/operator/plain_text.ts";

/** A command failed; one line per argument. The message is printed, and the exit code is 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  constructor(...lines: readonly string[]) {
    super(lines.map(plainText).join("\n"));
  }
}

/** Formats rows as a table: columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const plain = rows.map((row) => row.map(plainText));
  const widths = (plain[0] ?? []).map((_, column) =>
    Math.max(...plain.map((row) => (row[column] ?? "").length))
  );
  return plain.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}
