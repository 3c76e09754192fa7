import type { Line } from "./lines.tsx";
import { plainJson } from "../src/client/operator/plain_text.ts";

/** Data as one reads it: a line for each name, what is nested indented below it. */
export function jsonLines(data: unknown, indent = ""): Line[] {
  if (typeof data !== "object" || data === null) return [[indent, String(data)]];
  return Object.entries(data).flatMap(([name, value]): Line[] => {
    const label = { text: Array.isArray(data) ? "- " : `${name}: `, tone: "dim" as const };
    return typeof value === "object" && value !== null && Object.keys(value).length > 0
      ? [[indent, label], ...jsonLines(value, `${indent}  `)]
      : [[indent, label, typeof value === "string" ? value : JSON.stringify(value)]];
  });
}

/** Each as JSON in a line of its own. */
export function eventsAsJsonLines(events: readonly object[]): string {
  return events.map((event) => `${plainJson(event)}\n`).join("");
}
