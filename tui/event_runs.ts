import type { AuthEvent } from "./documents/events.ts";

/** One event, or a run of equal ones that follow each other, as one row. */
export type EventRun = {
  /** The newest. */
  event: AuthEvent;
  /** Oldest first. */
  events: readonly AuthEvent[];
  /** The number of facts: an event may stand for several refusals. */
  count: number;
};

/** Event types that report a failure. */
const BAD = /failed|rejected|refused|dead|reuse|expired|revoked|deleted|disabled/;
const GOOD = /succeeded|verified|accepted|sent$/;

export function toneOfType(type: string): "good" | "bad" | "plain" {
  return BAD.test(type) ? "bad" : GOOD.test(type) ? "good" : "plain";
}

/** The reason that an event gives, as far as its type has one. */
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

/** Joins neighbours that are the same fact again. `folded` false keeps each event apart. */
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

/** The number of facts that an event stands for. */
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
