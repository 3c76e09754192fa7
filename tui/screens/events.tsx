import { useMemo, useState } from "react";
import type { AuthEvent } from "../documents/events.ts";
import { type EventFilter, matches, parseEventFilter } from "../event_filter.ts";
import { field, type Line } from "../lines.tsx";
import { eventsAsJsonLines, jsonLines } from "../json_lines.ts";
import { type Column, ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Subject, useTerminal } from "../terminal.ts";
import type { Tone } from "../theme.ts";
import { dateTime, dayTime } from "../time.ts";
import { usePastEvents } from "../use_past_events.ts";

function columns(rows: readonly AuthEvent[], now: number): Column<AuthEvent>[] {
  const timeCells = rows[0] ? dayTime(rows[0].at, now).length : 8;
  return [
    { title: "TIME", cells: timeCells, of: (event) => ({ text: dayTime(event.at, now), tone: "dim" }) },
    { title: "EVENT", cells: 23, of: (event) => ({ text: event.type, tone: toneOf(event.type) }) },
    { title: "ACTOR", of: (event) => event.actor },
    { title: "ABOUT", of: (event) => event.flowId ?? event.credentialId ?? event.userId ?? "" },
  ];
}

export function EventsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { tail, desktop } = terminal.api;
  const { filter: typed } = useStore(place.list);
  const live = useStore(tail.events);
  const [following, setFollowing] = useState(true);
  const [pausedAt, setPausedAt] = useState<readonly AuthEvent[]>();
  const filter = useMemo(() => parseEventFilter(typed, place.about), [typed, place.about]);
  const { past, loading, readOlder, forget } = usePastEvents(filter, live[0]);
  const rows = useMemo(() => merged(past, pausedAt ?? live, filter), [past, pausedAt, live, filter]);
  const waiting = pausedAt ? heldBack(pausedAt, live, filter) : 0;
  const follow = () => {
    setPausedAt(undefined);
    setFollowing(true);
    forget();
  };
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={pausedAt ? `Events  PAUSED, ${waiting} new` : following ? "Events  following" : "Events"}
      rows={rows}
      keyOf={(event) => event.id}
      columns={columns(rows, terminal.api.now())}
      detail={eventLines}
      follows={following}
      onMove={({ first, last }) => {
        setFollowing(last && !pausedAt);
        if (first) readOlder();
      }}
      loading={loading}
      empty={typed
        ? "No events match. Esc clears the filter"
        : place.about
        ? `No events for ${place.about.label}. Esc goes back`
        : "No events yet"}
      bindings={(event) => [
        pausedAt
          ? { keys: ["space"], hint: "resume", run: () => setPausedAt(undefined) }
          : { keys: ["space"], hint: "pause", run: () => setPausedAt(live) },
        { keys: ["G", "end"], hint: "follow", run: follow },
        {
          keys: ["t"],
          hint: "only this type",
          disabled: event ? undefined : "No event selected",
          run: () =>
            event && place.list.update((now) => ({ ...now, filter: withType(now.filter, event.type) })),
        },
        {
          keys: ["e"],
          hint: "events of its flow or user",
          disabled: event && subjectOf(event) ? undefined : "This event has no flow, credential or user",
          run: () => {
            const subject = event && subjectOf(event);
            if (subject) terminal.enter("events", subject);
          },
        },
        {
          keys: ["y"],
          hint: "copy",
          quiet: true,
          disabled: event ? undefined : "No event selected",
          run: () => event && terminal.copy(JSON.stringify(event), "the event as JSON"),
        },
        {
          keys: ["x"],
          hint: "export",
          disabled: rows.length > 0 ? undefined : "No events to export",
          run: () =>
            void terminal.runAction(async () => {
              const path = await desktop.save(exportName(terminal.api.now()), eventsAsJsonLines(rows));
              return `Wrote ${rows.length} events to ${path}`;
            }),
        },
      ]}
    />
  );
}

/** The old events from the server, then those in memory, without duplicates. */
function merged(
  past: readonly AuthEvent[],
  held: readonly AuthEvent[],
  filter: EventFilter,
): readonly AuthEvent[] {
  const known = new Set(past.length > 0 ? held.map(({ id }) => id) : []);
  const older = past.filter((event) => !known.has(event.id) && matches(event, filter));
  const shown = isEverything(filter) ? held : held.filter((event) => matches(event, filter));
  return older.length > 0 ? [...older, ...shown] : shown;
}

function isEverything({ types, words, userId, flowId, credentialId }: EventFilter): boolean {
  return types.length + words.length === 0 && !userId && !flowId && !credentialId;
}

/** The number of events since the pause that match the filter. */
function heldBack(paused: readonly AuthEvent[], live: readonly AuthEvent[], filter: EventFilter): number {
  const last = paused.at(-1)?.id;
  const from = live.findLastIndex(({ id }) => id === last) + 1;
  return live.slice(from).filter((event) => matches(event, filter)).length;
}

function exportName(now: number): string {
  return `events-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}.jsonl`;
}

function withType(filter: string, type: string): string {
  const others = filter.split(" ").filter((word) => word && !word.startsWith("type:"));
  return [`type:${type}`, ...others].join(" ");
}

function subjectOf({ flowId, userId, credentialId }: AuthEvent): Subject | undefined {
  if (flowId) return { kind: "flow", id: flowId, label: flowId };
  if (credentialId) return { kind: "credential", id: credentialId, label: credentialId };
  return userId ? { kind: "user", id: userId, label: userId } : undefined;
}

const BAD = /failed|rejected|dead|reuse|expired|revoked|deleted|disabled/;
const GOOD = /succeeded|verified|accepted|sent$/;

function toneOf(type: string): Tone {
  return BAD.test(type) ? "bad" : GOOD.test(type) ? "good" : "plain";
}

export function eventLines(event: AuthEvent): Line[] {
  return [
    [{ text: event.type, tone: toneOf(event.type) }],
    [],
    ...field("time", dateTime(event.at)),
    ...field("actor", event.actor),
    ...field("IP address", event.ipAddress),
    ...field("user", event.userId),
    ...field("session", event.sessionId),
    ...field("flow", event.flowId),
    ...field("credential", event.credentialId),
    ...field("event", event.id),
    ...field("cursor", event.cursor),
    [],
    ...jsonLines(event.data),
  ];
}
