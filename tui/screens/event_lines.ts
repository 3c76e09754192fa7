import type { AuthEvent } from "../documents/events.ts";
import { addressOf, type EventRun, reasonOf, toneOfType } from "../event_runs.ts";
import { jsonLines } from "../json_lines.ts";
import { field, type Line } from "../lines.tsx";
import type { Column } from "../table.tsx";
import { cut } from "../text.ts";
import { dateTime, dayTime } from "../time.ts";

/** Events of a run that the detail lists. */
const LISTED = 50;

/** The name of a user, if it is known. */
type NameOf = (userId: string) => string | undefined;

export function eventColumns(rows: readonly EventRun[], nameOf: NameOf, now: number): Column<EventRun>[] {
  const timeCells = Math.max(8, ...rows.slice(0, 1).map(({ event }) => dayTime(event.at, now).length));
  return [
    { title: "TIME", cells: timeCells, of: ({ event }) => ({ text: dayTime(event.at, now), tone: "dim" }) },
    {
      title: "EVENT",
      cells: EVENT_CELLS,
      of: ({ event: { type }, count }) => ({
        text: withCount(type, count),
        tone: toneOfType(type),
      }),
    },
    { title: "NAME", of: (run) => subjectOf(run, nameOf) },
    { title: "ADDRESS", cells: 13, of: ({ event }) => addressOf(event) },
    { title: "REASON", from: 66, of: ({ event }) => reasonOf(event) },
  ];
}

const EVENT_CELLS = 22;

/** `password.rejected ×100`. A long type is cut, never the count. */
function withCount(type: string, count: number): string {
  const times = count > 1 ? ` ×${count}` : "";
  return cut(type, EVENT_CELLS - times.length) + times;
}

/** The users of a run: the name, or how many they are. Without a user, the name of another subject or the operator. */
function subjectOf({ event, events }: EventRun, nameOf: NameOf): string {
  const users = new Set(events.map(({ userId }) => userId).filter(Boolean));
  if (users.size > 1) return `${users.size} users`;
  if (event.userId) return nameOf(event.userId) ?? event.userId;
  const { name, label } = event.data as Record<string, unknown>;
  const named = [name, label].find((each) => typeof each === "string");
  return named ?? /^operator:(.*)$/.exec(event.actor)?.[1] ?? event.credentialId ?? event.flowId ?? "";
}

/** The newest event of a run, then the others in short. */
export function runLines({ event, events, count }: EventRun, nameOf: NameOf, now: number): Line[] {
  const lines = eventLines(event, nameOf);
  if (events.length === 1) return lines;
  const title = `×${count} from ${addressOf(event)}, since ${dayTime(events[0]?.at ?? event.at, now)}`;
  return [
    [{ text: title, tone: "title" }],
    ...events.slice(-LISTED).toReversed().map((each): Line => [
      { text: `${dayTime(each.at, now)} `, tone: "dim" },
      each.userId ? nameOf(each.userId) ?? each.userId : each.actor,
    ]),
    [],
    [{ text: "The newest", tone: "title" }],
    ...lines,
  ];
}

function eventLines(event: AuthEvent, nameOf: NameOf): Line[] {
  const { type, at, actor, ipAddress, userId, sessionId, flowId, credentialId, requestId, id, cursor, data } =
    event;
  return [
    [{ text: type, tone: toneOfType(type) }],
    [],
    ...field("time", dateTime(at)),
    ...field("actor", actor),
    ...field("IP address", ipAddress),
    ...field("name", userId && nameOf(userId)),
    ...field("user", userId),
    ...field("session", sessionId),
    ...field("flow", flowId),
    ...field("credential", credentialId),
    ...field("request", requestId),
    ...field("event", id),
    ...field("cursor", cursor),
    [],
    ...jsonLines(data),
  ];
}
