import { useEffect, useMemo } from "react";
import type { AuthEvent } from "../documents/events.ts";
import { type Diagnosis, Why } from "../documents/why.ts";
import { hasWords } from "../filter_rows.ts";
import type { Binding } from "../keys.ts";
import { ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import type { Subject, Subjects } from "../places.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { useLoad } from "../use_server.ts";
import { nameOf } from "./user_name.ts";
import { clearLimits } from "./clear_limits.ts";
import { keyOfRow, whyColumns, whyLines, type WhyRow, whyRows } from "./why_lines.ts";

/** New events about the subject come in bursts. One request covers all within this time. */
const RELOAD_MS = 500;

/** Why someone cannot sign in: the causes on top, the events below. */
export function WhyScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client, tail, names } = terminal.api;
  const identifier = place.asks;
  const { value, loading, problem, reload } = useLoad(
    identifier ?? "",
    async () => identifier ? (await client.request(Why, { identifier })).diagnose : undefined,
    [],
  );
  useReload(tail, value, reload);
  const { filter } = useStore(place.list);
  const rows = useMemo(() => {
    const words = filter.toLowerCase().split(" ").filter(Boolean);
    return value ? whyRows(value).filter((row) => hasWords(row, words)) : [];
  }, [value, filter]);
  const now = terminal.api.now();
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={value ? `Why  ${value.subject}` : "Why"}
      rows={rows}
      keyOf={keyOfRow}
      columns={whyColumns(rows, now)}
      share={0.6}
      detail={(row) => whyLines(row, (id) => names.of(id), now)}
      loading={loading && identifier !== undefined}
      problem={problem}
      reload={reload}
      empty={emptyText(identifier, value, filter)}
      leadsTo={(row) => subjectsOf(row, value)}
      bindings={() => whyKeys(terminal, identifier, value)}
    />
  );
}

function subjectOf({ id, username, email }: NonNullable<Diagnosis["user"]>): Subject {
  return { kind: "user", id, label: username ?? email ?? id };
}

function subjectsOf(row: WhyRow, value: Diagnosis | undefined): Subjects {
  const { flowId, credentialId, ipAddress } = row.kind === "run"
    ? row.run.event
    : { flowId: null, credentialId: null, ipAddress: null };
  return {
    user: value?.user ? subjectOf(value.user) : undefined,
    flow: flowId ? { kind: "flow", id: flowId, label: flowId } : undefined,
    credential: credentialId ? { kind: "credential", id: credentialId, label: credentialId } : undefined,
    asks: ipAddress,
  };
}

function emptyText(identifier: string | undefined, value: Diagnosis | undefined, filter: string): string {
  if (!identifier) return "Press a and give a name, an address or an id";
  if (filter) return "Nothing matches. Esc clears the filter";
  return value?.user
    ? "Nothing is wrong, and nothing has happened yet"
    : "The server knows nothing about this name";
}

function whyKeys(
  terminal: Terminal,
  identifier: string | undefined,
  value: Diagnosis | undefined,
): Binding[] {
  const none = identifier ? undefined : "Press a first, and name a user, an address or an id";
  const user = value?.user;
  return [
    { keys: ["a"], hint: "ask about another", run: () => void terminal.askWhy() },
    {
      keys: ["e"],
      hint: "all events",
      disabled: none ?? (user ? undefined : "No account has this name"),
      run: () => user && terminal.enter("events", subjectOf(user)),
    },
    {
      keys: ["L"],
      hint: "clear limits",
      needs: "OPERATE",
      danger: true,
      disabled: none,
      run: () =>
        identifier &&
        void terminal.runAction(() =>
          clearLimits(terminal, user?.id ?? identifier, user ? nameOf(user) : identifier)
        ),
    },
  ];
}

/** Reloads after new events about the same user, flows or client addresses. */
function useReload(
  tail: Terminal["api"]["tail"],
  value: Diagnosis | undefined,
  reload: () => Promise<void>,
): void {
  useEffect(() => {
    if (!value) return;
    const known = new Set(
      value.timeline.nodes.flatMap(({ userId, flowId, ipAddress }) =>
        [userId, flowId, ipAddress].filter((each) => each !== null)
      ),
    );
    if (value.user) known.add(value.user.id);
    const seen = tail.events.get().at(-1)?.id;
    const isNew = ({ userId, flowId, ipAddress }: AuthEvent) =>
      [userId, flowId, ipAddress].some((each) => each !== null && known.has(each));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = tail.events.subscribe(() => {
      const events = tail.events.get();
      const since = events.findLastIndex(({ id }) => id === seen) + 1;
      if (events.slice(since).some(isNew)) timer ??= setTimeout(() => void reload(), RELOAD_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
    // `reload` is new at each render, and does the same.
  }, [tail, value]);
}
