import type { AuthEvent } from "../events/events.ts";

type Test = (event: AuthEvent) => boolean;

/** Tests for an event of one of these types. */
export function isOf(...types: string[]): Test {
  return ({ type }) => types.includes(type);
}

/** Tests for a refusal with one of these error codes. */
export function isRefusal(...codes: string[]): Test {
  return ({ type, data }) =>
    (type === "sign_in.refused" || type === "request.refused") && codes.includes(String(data["reason"]));
}

/** Whether the limit that refused counts by client address. */
export function isAddressLimit(refused: AuthEvent): boolean {
  return textOf(refused, "limit").includes("_PER_ADDRESS_");
}

/** Tests for a successful sign-in. It solves the earlier problems of signing in. */
export const isSignIn = isOf("session.issued");

/** Returns the problems after the last solution. */
export function unsolved(events: readonly AuthEvent[], isProblem: Test, isSolution: Test): AuthEvent[] {
  return events.slice(events.findLastIndex(isSolution) + 1).filter(isProblem);
}

/** Returns how often the events happened: one event can stand for several. */
export function timesOf(events: readonly AuthEvent[]): number {
  return events.reduce((sum, { data }) => sum + (typeof data["count"] === "number" ? data["count"] : 1), 0);
}

/** Returns a phrase like `once` or `7 times`. */
export function howOften(events: readonly AuthEvent[]): string {
  const times = timesOf(events);
  return times === 1 ? "once" : `${times} times`;
}

/** Returns a phrase like `from 203.0.113.7 and 2 other addresses`, most frequent first; empty without addresses. */
export function fromWhere(events: readonly AuthEvent[]): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.ipAddress) counts.set(event.ipAddress, (counts.get(event.ipAddress) ?? 0) + timesOf([event]));
  }
  const [first, ...others] = [...counts].toSorted(([, one], [, other]) => other - one).map(([ip]) => ip);
  if (first === undefined) return "";
  const rest = others.length === 0
    ? ""
    : ` and ${others.length} other ${others.length === 1 ? "address" : "addresses"}`;
  return ` from ${first}${rest}`;
}

/** Returns the time of the first event as `since`. */
export function spanOf(events: readonly AuthEvent[]): { since?: Date } {
  const [first] = events;
  return first ? { since: first.at } : {};
}

/** Returns a text field of an event's data, or an empty text. */
export function textOf(event: AuthEvent | undefined, key: string): string {
  const value = event?.data[key];
  return typeof value === "string" ? value : "";
}
