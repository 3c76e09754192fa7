import type { Line } from "./lines.tsx";
import { plainJson } from "../src/client/operator/plain_text.ts";

/** JSON data as readable lines: one for each name, with nested values indented below it. */
export function jsonLines(data: unknown, indent = ""): Line[] {
  if (typeof data !== "object" || data === null) return [[indent, String(data)]];
  return Object.entries(data).flatMap(([name, value]): Line[] => {
    const label = { text: Array.isArray(data) ? "- " : `${name}: `, tone: "dim" as const };
    return typeof value === "object" && value !== null && Object.keys(value).length > 0
      ? [[indent, label], ...jsonLines(value, `${indent}  `)]
      : [[indent, label, typeof value === "string" ? value : JSON.stringify(value)]];
  });
}

/** The events as JSON Lines: one event a line. */
export function eventsAsJsonLines(events: readonly object[]): string {
  return events.map((event) => `${plainJson(event)}\n`).join("");
}
