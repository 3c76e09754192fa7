import { succeeded } from "../../src/client/succeeded.ts";
import {
  DeleteUser,
  MoveUser,
  SearchUsers,
  SetUserDisabled,
  type UserRow,
  type UserState,
} from "../documents/users.ts";
import { EndSessionsOfUser, SessionsOfUser } from "../documents/sessions.ts";
import { jsonLines } from "../json_lines.ts";
import { field, type Line } from "../lines.tsx";
import { type Column, ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { dateTime, relative } from "../time.ts";
import { useLoad, useNow, useSettled } from "../use_server.ts";
import { useRows } from "../use_rows.ts";
import { sessionLine } from "./session_line.ts";

/** Typing goes on; the server is asked when it rests. */
const TYPING_MS = 150;

/** Everybody, searched by the server as one types. */
export function UsersScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter, chosen } = useStore(place.list);
  const now = useNow();
  const search = useSettled(place.about?.id ?? filter.trim(), TYPING_MS);
  const { value, totalCount, problem, loading, reload, hasOlder, readOlder } = useRows(
    search,
    async (page) => (await client.request(SearchUsers, { ...page, search: search || null })).users,
    ["user.", "state.", "guest.", "email.verified", "identity."],
  );
  const rows = value ?? [];
  const watched = rows.find(({ id }) => id === chosen) ?? rows[0];
  const sessions = useLoad(watched?.id ?? "", async () => {
    if (!watched) return [];
    return (await client.request(SessionsOfUser, { userId: watched.id })).userSessions;
  }, ["session."]);
  const nobody = (row: UserRow | undefined) => row ? undefined : "There is nobody";
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={`Users${totalCount == null ? "" : ` (${totalCount})`}`}
      rows={rows}
      keyOf={({ id }) => id}
      columns={columns(now)}
      detail={(row) => [
        ...userLines(row, now),
        [],
        [{ text: "Sessions", tone: "title" }],
        ...(row.id === watched?.id ? sessions.value ?? [] : []).map((session) => sessionLine(session, now)),
        [],
        [{ text: "What the state holds", tone: "title" }],
        ...jsonLines(row.stateMetadata),
      ]}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      empty={search ? `Nobody's name, address or id begins with ${search}` : "There is nobody yet"}
      bindings={(row) => [
        {
          keys: ["s"],
          hint: "sessions",
          disabled: nobody(row),
          run: () => row && terminal.enter("sessions", { kind: "user", id: row.id, label: nameOf(row) }),
        },
        {
          keys: ["e"],
          hint: "events",
          disabled: nobody(row),
          run: () => row && terminal.enter("events", { kind: "user", id: row.id, label: nameOf(row) }),
        },
        {
          keys: ["b"],
          hint: row?.disabled ? "enable" : "disable",
          needs: "OPERATE",
          danger: true,
          disabled: nobody(row),
          run: () => row && void terminal.act(() => setDisabled(terminal, row)),
        },
        {
          keys: ["S"],
          hint: "change state",
          needs: "OPERATE",
          disabled: nobody(row) ??
            (row?.allowedTransitions.length ? undefined : "No state may follow this one"),
          run: () => row && void terminal.act(() => changeState(terminal, row)),
        },
        {
          keys: ["D"],
          hint: "end all sessions",
          needs: "OPERATE",
          danger: true,
          disabled: nobody(row),
          run: () => row && void terminal.act(() => endSessions(terminal, row.id, nameOf(row))),
        },
        {
          keys: ["d"],
          hint: "delete",
          needs: "OPERATE",
          danger: true,
          disabled: nobody(row),
          run: () => row && void terminal.act(() => remove(terminal, row)),
        },
        {
          keys: ["y"],
          hint: "copy id",
          quiet: true,
          disabled: nobody(row),
          run: () => row && terminal.copy(row.id, "the id"),
        },
        { keys: ["r"], hint: "reload", quiet: true, run: reload },
      ]}
    />
  );
}

function columns(now: number): Column<UserRow>[] {
  return [
    {
      title: "NAME",
      of: (row) => ({ text: nameOf(row), tone: row.disabled ? "dim" : "plain" }),
    },
    {
      title: "STATE",
      cells: 17,
      of: (row) => row.disabled ? { text: `✗ ${row.state} disabled`, tone: "bad" } : row.state,
    },
    {
      title: "SIGNED IN",
      cells: 16,
      of: ({ lastSignInAt }) => lastSignInAt ? relative(lastSignInAt, now) : "never",
    },
  ];
}

export function nameOf(user: { id: string; username: string | null; email: string | null }): string {
  return user.username ?? user.email ?? user.id;
}

function userLines(row: UserRow, now: number): Line[] {
  return [
    [{ text: `${nameOf(row)}  `, tone: "title" }, { text: row.disabled ? "✗ disabled" : "", tone: "bad" }],
    [{ text: row.id, tone: "dim" }],
    [],
    ...field("state", `${row.state}${row.isGuest ? ", a guest" : ""}`),
    ...field("may go to", row.allowedTransitions.join(", ")),
    ...field("name", row.name),
    ...field("address", row.email && `${row.email}${row.emailVerified ? "" : "  ! not proven"}`),
    ...field("ways in", row.methods.join(", ") || "none"),
    ...field("since", dateTime(row.createdAt)),
    ...field("signed in", row.lastSignInAt ? relative(row.lastSignInAt, now) : "never"),
  ];
}

async function setDisabled({ api, confirm }: Terminal, row: UserRow): Promise<string | undefined> {
  const disabled = !row.disabled;
  if (disabled && !await confirm(`Disable ${nameOf(row)}? All their sessions end.`)) return;
  const answer = await api.client.request(SetUserDisabled, { id: row.id, disabled });
  succeeded(answer.setUserDisabled, "Done");
  return `${nameOf(row)} is ${disabled ? "disabled" : "enabled"}`;
}

async function changeState({ api, choose }: Terminal, row: UserRow): Promise<string | undefined> {
  const key = await choose(
    `From ${row.state} to which state?`,
    row.allowedTransitions.map((state, index) => ({ key: String(index + 1), label: state })),
  );
  const to: UserState | undefined = row.allowedTransitions[Number(key) - 1];
  if (!to) return;
  succeeded((await api.client.request(MoveUser, { id: row.id, to })).transitionUserState, "StateChanged");
  return `${nameOf(row)} is in ${to}`;
}

/** Asks, and ends every session of a user. */
export async function endSessions(
  { api, confirm }: Terminal,
  userId: string,
  name: string,
): Promise<string | undefined> {
  if (!await confirm(`End all sessions of ${name}?`)) return;
  succeeded((await api.client.request(EndSessionsOfUser, { userId })).revokeUserSessions, "Done");
  return `All sessions of ${name} have ended`;
}

async function remove({ api, confirmName }: Terminal, row: UserRow): Promise<string | undefined> {
  if (!await confirmName("Delete the user and everything personal, for ever?", nameOf(row))) {
    return "Nothing was deleted: the name was not typed";
  }
  succeeded((await api.client.request(DeleteUser, { id: row.id })).deleteUser, "Done");
  return `${nameOf(row)} is deleted`;
}
