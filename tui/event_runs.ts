import type { AuthEvent } from "./documents/events.ts";

/** A row: one event, or a run of equal events that follow each other. */
export type EventRun = {
  /** The newest. */
  event: AuthEvent;
  /** Oldest first. */
  events: readonly AuthEvent[];
  /** How often it happened: an event may stand for several refusals. */
  count: number;
};

/** Event types that report a failure. */
const BAD = /failed|rejected|refused|dead|reuse|expired|revoked|deleted|disabled/;
const GOOD = /succeeded|verified|accepted|sent$/;

export function toneOfType(type: string): "good" | "bad" | "plain" {
  return BAD.test(type) ? "bad" : GOOD.test(type) ? "good" : "plain";
}

/** The reason in the data of an event; empty if it has none. */
export function reasonOf({ data }: AuthEvent): string {
  const { reason, code, message, error, limit } = data as Record<string, unknown>;
  const first = [reason, code, message, error].find((value) => typeof value === "string");
  return [first, limit].filter((value) => typeof value === "string").join(" ");
}

/** The client's address, or its network. */
export function addressOf({ ipAddress, data }: AuthEvent): string {
  const { block } = data as Record<string, unknown>;
  return ipAddress ?? (typeof block === "string" ? block : "");
}

/** Joins equal events that follow each other. If `folded` is false, each event is a row. */
export function intoRuns(events: readonly AuthEvent[], folded: boolean): readonly EventRun[] {
  const runs: (EventRun & { events: AuthEvent[] })[] = [];
  let lastKey: string | undefined;
  for (const event of events) {
    const key = folded ? keyOf(event) : undefined;
    const last = runs.at(-1);
    if (last && key !== undefined && key === lastKey) {
      last.events.push(event);
      last.event = event;
      last.count += countOf(event);
    } else {
      runs.push({ event, events: [event], count: countOf(event) });
    }
    lastKey = key;
  }
  return runs;
}

/** How many times the event stands for. */
export function countOf({ data }: AuthEvent): number {
  const { count } = data as Record<string, unknown>;
  return typeof count === "number" ? count : 1;
}

/** Events with an equal key are one run: of one address, and of one user unless the type reports a failure. */
function keyOf(event: AuthEvent): string | undefined {
  const address = addressOf(event);
  if (!address) return undefined;
  const { type, userId, flowId, credentialId } = event;
  const user = toneOfType(type) === "bad" ? "" : userId;
  return [type, address, reasonOf(event), user, flowId, credentialId].join(" ");
}
