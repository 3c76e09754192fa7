import { useMemo, useState } from "react";
import type { AuthEvent } from "../documents/events.ts";
import { parseEventFilter } from "../event_filter.ts";
import { intoRuns, toneOfType } from "../event_runs.ts";
import { eventsAsJsonLines } from "../json_lines.ts";
import type { Binding } from "../keys.ts";
import { ListScreen } from "../list_screen.tsx";
import { heldBack, merged } from "../merged_events.ts";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import type { Subject, Subjects } from "../places.ts";
import { useTerminal } from "../terminal.ts";
import { usePastEvents } from "../use_past_events.ts";
import { eventColumns, runLines } from "./event_lines.ts";

export function EventsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { tail, desktop } = terminal.api;
  const { filter: typed } = useStore(place.list);
  const live = useStore(tail.events);
  const [following, setFollowing] = useState(true);
  const [everyType, setEveryType] = useState(false);
  const [folded, setFolded] = useState(true);
  const [pausedAt, setPausedAt] = useState<readonly AuthEvent[]>();
  const names = useStore(terminal.api.names.known);
  const now = terminal.api.now();
  const filter = useMemo(() => parseEventFilter(typed, place.about, everyType), [
    typed,
    place.about,
    everyType,
  ]);
  const { past, loading, readOlder, forget } = usePastEvents(filter, live[0]);
  const events = useMemo(() => merged(past, pausedAt ?? live, filter), [past, pausedAt, live, filter]);
  const rows = useMemo(() => intoRuns(events, folded), [events, folded]);
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
      loading={loading}
      empty={typed
        ? "No events match. Esc clears the filter"
        : place.about
        ? `No events for ${place.about.label}. Esc goes back`
        : "No events yet"}
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
