import type { Client } from "../src/client/operator/client.ts";
import { type AuthEvent, PastEvents } from "./documents/events.ts";
import { eventsAsJsonLines } from "./json_lines.ts";
import { plain } from "./text.ts";
import { dateTime } from "./time.ts";

/** The size of one page. */
const EVENTS = 500;

/** The newest events as text for a script: one a line, as JSON or in columns. */
export async function eventsOnce(client: Client, json: boolean): Promise<string> {
  const events = (await client.request(PastEvents, { last: EVENTS })).events.nodes;
  return json ? eventsAsJsonLines(events) : events.map((event) => `${columns(event)}\n`).join("");
}

function columns({ at, type, actor, userId, flowId, credentialId }: AuthEvent): string {
  const about = flowId ?? credentialId ?? userId ?? "-";
  return [dateTime(at) ?? "", type.padEnd(28), actor.padEnd(24), about].map(plain).join("  ").trimEnd();
}
