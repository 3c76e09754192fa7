import { OneUser, SearchUsers, type UserRow } from "../documents/users.ts";
import { jsonLines } from "../json_lines.ts";
import { field, type Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { useTerminal } from "../terminal.ts";
import { dateTime, relative } from "../time.ts";
import { TYPING_MS, useLoad, useNow, useSettled } from "../use_server.ts";
import { useRows } from "../use_rows.ts";
import { factorLines } from "./factor_lines.ts";
import { sessionLine } from "./session_line.ts";
import { userKeys } from "./user_keys.ts";
import { nameOf } from "./user_name.ts";

/** All users. The server searches while the operator types. */
export function UsersScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter, chosen } = useStore(place.list);
  const now = useNow();
  const search = useSettled(place.about?.id ?? filter.trim(), TYPING_MS);
  const { value, totalCount, problem, loading, reload, hasOlder, readOlder } = useRows(
    search,
    async (page) => (await client.request(SearchUsers, { ...page, search: search || null })).users,
    ["user.", "session.", "state.", "guest.", "email.verified", "identity."],
  );
  const rows = value ?? [];
  const watched = rows.find(({ id }) => id === chosen) ?? rows[0];
  const one = useLoad(watched?.id ?? "", async () => {
    if (!watched) return undefined;
    return { id: watched.id, ...await client.request(OneUser, { id: watched.id }) };
  }, ["session.", "step_up.", "factor", "recovery_code"]);
  const detailOf = (row: UserRow | undefined) => one.value?.id === row?.id ? one.value : undefined;
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={`Users${totalCount == null ? "" : ` (${totalCount})`}`}
      rows={rows}
      keyOf={({ id }) => id}
      toneOf={({ disabled }) => disabled ? "dim" : "plain"}
      columns={columns(now)}
      detail={(row) => [
        ...userLines(row, now),
        [],
        [{ text: "Second factors", tone: "title" }],
        ...factorLines(detailOf(row)?.user?.factors, now),
        [],
        [{ text: "Sessions", tone: "title" }],
        ...(detailOf(row)?.userSessions ?? []).map((session) => sessionLine(session, now)),
        [],
        [{ text: "State metadata", tone: "title" }],
        ...jsonLines(row.stateMetadata),
      ]}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      reload={reload}
      empty={search ? `No user matches ${search}` : "No users yet"}
      leadsTo={({ id }) => ({ asks: id })}
      canMark
      bindings={(row, marks) => userKeys(terminal, row, detailOf(row)?.user?.factors, marks)}
    />
  );
}

function columns(now: number): Column<UserRow>[] {
  return [
    {
      title: "NAME",
      of: (row) => ({ text: nameOf(row), tone: row.disabled ? "dim" : "plain" }),
      by: nameOf,
    },
    { title: "E-MAIL", from: 78, of: ({ email }) => email ?? "", by: ({ email }) => email },
    { title: "METHODS", from: 110, of: ({ methods }) => methods.join(", ") },
    {
      title: "STATE",
      cells: 17,
      of: (row) => row.disabled ? { text: `✗ ${row.state} disabled`, tone: "bad" } : row.state,
      by: ({ disabled, state }) => disabled ? `disabled ${state}` : state,
    },
    {
      title: "SIGNED IN",
      cells: 16,
      of: ({ lastSignInAt }) => lastSignInAt ? relative(lastSignInAt, now) : "never",
      by: ({ lastSignInAt }) => lastSignInAt,
    },
  ];
}

function userLines(row: UserRow, now: number): Line[] {
  return [
    [{ text: `${nameOf(row)}  `, tone: "title" }, { text: row.disabled ? "✗ disabled" : "", tone: "bad" }],
    [{ text: row.id, tone: "dim" }],
    [],
    ...field("state", `${row.state}${row.isGuest ? ", a guest" : ""}`),
    ...field("next states", row.allowedTransitions.join(", ")),
    ...field("name", row.name),
    ...field("e-mail", row.email && `${row.email}${row.emailVerified ? "" : "  ! not verified"}`),
    ...field("roles", row.roles.join(", ")),
    ...field("methods", row.methods.join(", ") || "none"),
    ...field("registered", dateTime(row.createdAt)),
    ...field("signed in", row.lastSignInAt ? relative(row.lastSignInAt, now) : "never"),
  ];
}
