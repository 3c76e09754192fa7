import { useMemo } from "react";
import { RevokeSession } from "../../src/client/documents.ts";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import { ListSessions, type SessionRow, SessionsOfUser } from "../documents/sessions.ts";
import type { Binding } from "../keys.ts";
import { field, type Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import { type Marks, onMarked } from "../marks.ts";
import { filterRows } from "../filter_rows.ts";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { dateTime, relative } from "../time.ts";
import { TYPING_MS, useNow, useSettled } from "../use_server.ts";
import { onePage, useRows } from "../use_rows.ts";
import { endSessions } from "./end_sessions.ts";
import { nameOf, userSubject } from "./user_name.ts";

/** Active sessions of one user or of all users, newest first. */
export function SessionsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter } = useStore(place.list);
  const now = useNow();
  const userId = place.about?.id;
  const search = useSettled(filter.trim(), TYPING_MS);
  const { value, problem, loading, reload, hasOlder, readOlder } = useRows(
    userId ?? `all ${search}`,
    async (page) =>
      userId
        ? onePage((await client.request(SessionsOfUser, { userId })).userSessions.toReversed())
        : (await client.request(ListSessions, { ...page, search })).allSessions,
    ["session.", "step_up.", "user."],
  );
  const rows = useMemo(() => userId ? filterRows(value ?? [], filter) : value ?? [], [value, filter, userId]);
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={place.about ? `Sessions of ${place.about.label}` : "Sessions"}
      rows={rows}
      keyOf={({ id }) => id}
      columns={columns(now)}
      detail={(row) => sessionLines(row, now)}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      reload={reload}
      empty={filter
        ? "No sessions match. Type a part of a user's name, or a client address"
        : "No active sessions"}
      leadsTo={({ user }) => ({ user: userSubject(user) })}
      canMark
      bindings={(row, marks) => sessionKeys(terminal, row, marks)}
    />
  );
}

function columns(now: number): Column<SessionRow>[] {
  return [
    { title: "USER", of: ({ user }) => nameOf(user), by: ({ user }) => nameOf(user) },
    { title: "METHOD", cells: 10, of: ({ method }) => method, by: ({ method }) => method },
    {
      title: "ASSURANCE",
      cells: 18,
      from: 100,
      of: ({ assurance }) => assurance,
      by: ({ assurance }) => assurance,
    },
    { title: "TRANSPORT", cells: 9, of: ({ transport }) => transport, by: ({ transport }) => transport },
    {
      title: "IP ADDRESS",
      cells: 15,
      from: 78,
      of: ({ ipAddress }) => ipAddress ?? "",
      by: ({ ipAddress }) => ipAddress,
    },
    {
      title: "LAST SEEN",
      cells: 16,
      of: (row) => ({ text: relative(row.lastSeenAt, now), tone: "dim" }),
      by: ({ lastSeenAt }) => lastSeenAt,
    },
  ];
}

function sessionLines(row: SessionRow, now: number): Line[] {
  return [
    [{ text: nameOf(row.user), tone: "title" }],
    [{ text: row.id, tone: "dim" }],
    [],
    ...field("user", row.user.id),
    ...field("method", row.method),
    ...field("transport", row.transport),
    ...field("assurance", `${row.assurance}  (${row.amr.join(", ") || "no amr"})`),
    ...field("signed in", dateTime(row.createdAt)),
    ...(row.authenticatedAt === row.createdAt ? [] : field("last proof", dateTime(row.authenticatedAt))),
    ...field("last seen", relative(row.lastSeenAt, now)),
    ...field("expires", relative(row.expiresAt, now)),
    ...field("IP address", row.ipAddress),
    ...field("user agent", row.userAgent),
  ];
}

/** The keys of the Sessions screen. */
function sessionKeys(terminal: Terminal, row: SessionRow | undefined, marks: Marks<SessionRow>): Binding[] {
  const none = row ? undefined : "No session selected";
  return [
    onMarked(terminal, marks, {
      keys: ["d"],
      hint: "end session",
      needs: "OPERATE",
      danger: true,
      disabled: none,
      run: () => row && void terminal.runAction(() => end(terminal, row)),
    }, { question: "End these sessions?", act: ({ id }) => endOne(terminal, id) }),
    {
      keys: ["D"],
      hint: "end user's sessions",
      needs: "OPERATE",
      danger: true,
      disabled: none,
      run: () => row && void terminal.runAction(() => endSessions(terminal, row.user.id, nameOf(row.user))),
    },
    {
      keys: ["y"],
      hint: "copy id",
      quiet: true,
      disabled: none,
      run: () => row && terminal.copy(row.id, "the id"),
    },
  ];
}

async function end({ api, confirm }: Terminal, row: SessionRow): Promise<string | undefined> {
  if (!await confirm(`End this session of ${nameOf(row.user)}?`)) return;
  await endOne({ api }, row.id);
  return "The session has ended";
}

async function endOne({ api }: Pick<Terminal, "api">, id: string): Promise<void> {
  succeeded((await api.client.request(RevokeSession, { id })).result, "Done");
}
