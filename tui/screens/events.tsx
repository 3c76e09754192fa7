import { useMemo, useState } from "react";
import type { AuthEvent } from "../documents/events.ts";
import { type EventFilter, parseEventFilter } from "../event_filter.ts";
import { intoRuns, toneOfType } from "../event_runs.ts";
import { eventsAsJsonLines } from "../json_lines.ts";
import type { Binding } from "../keys.ts";
import { ListScreen } from "../list_screen.tsx";
import { countLoaded, heldBack, merged } from "../merged_events.ts";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import type { Subject, Subjects } from "../places.ts";
import { useTerminal } from "../terminal.ts";
import { useLiveEvents } from "../use_live_events.ts";
import { type PastEventsRead, usePastEvents } from "../use_past_events.ts";
import { eventColumns, runLines } from "./event_lines.ts";

export function EventsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { desktop } = terminal.api;
  const { filter: typed } = useStore(place.list);
  const [following, setFollowing] = useState(true);
  const [everyType, setEveryType] = useState(false);
  const [folded, setFolded] = useState(true);
  const [pausedAt, setPausedAt] = useState<readonly AuthEvent[]>();
  const names = useStore(terminal.api.names.known);
  const now = terminal.api.now();
  const { about } = place;
  // Times such as `15m` count back from when they were typed.
  const filter = useMemo(() => parseEventFilter(typed, terminal.api.now(), about, everyType), [
    typed,
    about,
    everyType,
  ]);
  const { live, ready, problem } = useLiveEvents(filter.subject);
  const reading = usePastEvents(filter, live[0], ready);
  const { past, readOlder, forget } = reading;
  const events = useMemo(() => merged(past, pausedAt ?? live, filter), [past, pausedAt, live, filter]);
  const rows = useMemo(() => intoRuns(events, folded), [events, folded]);
  const searched = useMemo(() => searchedPart(reading, live, filter), [
    reading.past,
    reading.totalCount,
    live,
    filter,
  ]);
  const waiting = pausedAt ? heldBack(pausedAt, live, filter) : 0;
  const state = pausedAt ? `  PAUSED, ${waiting} new` : following ? "  following" : "";
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
      title={`Events${state}${searched ? `  ${searched}` : ""}`}
      rows={rows}
      keyOf={({ events: [first], event }) => (first ?? event).id}
      toneOf={({ event }) => toneOfType(event.type)}
      columns={eventColumns(rows, terminal.api.names.of, now)}
      detail={(run) => runLines(run, (id) => names.get(id), now)}
      share={0.62}
      follows={following}
      onMove={({ first, last }) => {
        setFollowing(last && !pausedAt);
        if (first) readOlder();
      }}
      loading={reading.loading}
      problem={filter.problem ?? reading.problem ?? problem}
      empty={emptyText(typed, about, searched)}
      leadsTo={({ event }) => subjectsOf(event, names)}
      bindings={(run) => eventKeys(run?.event)}
    />
  );

  function eventKeys(event: AuthEvent | undefined): Binding[] {
    return [
      pausedAt
        ? { keys: ["space"], hint: "resume", run: () => setPausedAt(undefined) }
        : { keys: ["space"], hint: "pause", run: () => setPausedAt(live) },
      { keys: ["G", "end"], hint: "follow", run: follow },
      {
        keys: ["a"],
        hint: everyType ? "hide flow.changed" : "show flow.changed",
        quiet: true,
        run: () => setEveryType(!everyType),
      },
      {
        keys: ["z"],
        hint: folded ? "unfold" : "fold",
        run: () => setFolded(!folded),
      },
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
            const path = await desktop.save(exportName(terminal.api.now()), eventsAsJsonLines(events));
            return `Wrote ${events.length} events to ${path}`;
          }),
      },
    ];
  }
}

/** How much of the log was searched, if it was only a part. */
function searchedPart(
  { past, hasOlder, totalCount }: Pick<PastEventsRead, "past" | "hasOlder" | "totalCount">,
  live: readonly AuthEvent[],
  filter: EventFilter,
): string | undefined {
  if (!hasOlder || totalCount === undefined) return undefined;
  const count = countLoaded(past, live, filter);
  const all = totalCount === null ? "more than 10,000" : Math.max(totalCount, count).toLocaleString("en");
  return `searched ${count.toLocaleString("en")} of ${all}`;
}

function emptyText(typed: string, about: Subject | undefined, searched: string | undefined): string {
  if (searched) return `No match yet: ${searched} events. ↑ searches older ones`;
  if (typed) return "The server has no such events. subject:NAME searches for a name; Esc clears the filter";
  return about ? `No events for ${about.label}. Esc goes back` : "No events yet";
}

function exportName(now: number): string {
  return `events-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}.jsonl`;
}

function withType(filter: string, type: string): string {
  const others = filter.split(" ").filter((word) => word && !word.startsWith("type:"));
  return [`type:${type}`, ...others].join(" ");
}

/** The flow of an event, else its credential, else its user. */
function subjectOf(event: AuthEvent): Subject | undefined {
  const { flow, credential, user } = subjectsOf(event);
  return flow ?? credential ?? user;
}

function subjectsOf(event: AuthEvent, names: ReadonlyMap<string, string> = new Map()): Subjects {
  const subject = (kind: Subject["kind"], id: string | null) =>
    id === null ? undefined : { kind, id, label: names.get(id) ?? id };
  return {
    user: subject("user", event.userId),
    credential: subject("credential", event.credentialId),
    flow: subject("flow", event.flowId),
    asks: event.userId ?? event.flowId ?? event.credentialId ?? event.ipAddress,
  };
}
