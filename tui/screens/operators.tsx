import { succeeded } from "../../src/client/operator/succeeded.ts";
import { ListOperators, type OperatorRow, operatorRows, RevokeAnOperator } from "../documents/operators.ts";
import { filterRows } from "../filter_rows.ts";
import type { Binding } from "../keys.ts";
import { field, type Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { SIGN, type Tone } from "../theme.ts";
import { dateTime, relative } from "../time.ts";
import { useLoad, useNow } from "../use_server.ts";

/** All operator tokens, newest first, including revoked and expired ones. */
export function OperatorsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter } = useStore(place.list);
  const now = useNow();
  const { value = [], problem, loading, reload } = useLoad(
    "operators",
    async () => operatorRows(await client.request(ListOperators, {})),
    ["operator.", "api_key."],
  );
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Operators"
      rows={filterRows(value, filter)}
      keyOf={({ id }) => id}
      toneOf={(row) => stateOf(row, now).tone}
      columns={columns(now)}
      detail={(row) => operatorLines(row, now)}
      problem={problem}
      loading={loading}
      reload={reload}
      empty={filter ? "No operators match" : "No operators yet"}
      bindings={(row) => operatorKeys(terminal, row, now)}
    />
  );
}

function columns(now: number): Column<OperatorRow>[] {
  return [
    { title: "STATE", cells: 9, of: (row) => stateOf(row, now) },
    { title: "NAME", of: ({ name }) => name },
    { title: "ROLE", cells: 8, of: ({ role }) => role },
    {
      title: "LAST USED",
      cells: 16,
      of: ({ lastUsedAt }) => lastUsedAt ? relative(lastUsedAt, now) : "never",
    },
  ];
}

function stateOf({ revokedAt, expiresAt }: OperatorRow, now: number): { text: string; tone: Tone } {
  if (revokedAt) return { text: `${SIGN.dim} REVOKED`, tone: "dim" };
  if (Date.parse(expiresAt) <= now) return { text: `${SIGN.dim} EXPIRED`, tone: "dim" };
  return { text: `${SIGN.good} ACTIVE`, tone: "good" };
}

function operatorLines(row: OperatorRow, now: number): Line[] {
  return [
    [{ text: `${row.name}  `, tone: "title" }, stateOf(row, now)],
    [{ text: row.id, tone: "dim" }],
    [],
    ...field("role", row.role),
    ...field("created", dateTime(row.createdAt)),
    ...field("expires", dateTime(row.expiresAt)),
    ...field("last used", dateTime(row.lastUsedAt) ?? "never"),
    ...field("revoked", dateTime(row.revokedAt)),
    ...field("API keys", row.keys.join(", ")),
  ];
}

function operatorKeys(terminal: Terminal, row: OperatorRow | undefined, now: number): Binding[] {
  const none = row ? undefined : "No operator selected";
  const ended = row && stateOf(row, now).tone === "dim" ? "This token has ended" : undefined;
  return [
    {
      keys: ["d"],
      hint: "revoke",
      needs: "OPERATE",
      danger: true,
      disabled: none ?? ended,
      run: () => row && void terminal.runAction(() => revoke(terminal, row)),
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

async function revoke({ api, confirm }: Terminal, row: OperatorRow): Promise<string | undefined> {
  if (!await confirm(`Revoke the token of ${row.name}?`)) return;
  return succeeded((await api.client.request(RevokeAnOperator, { id: row.id })).revokeOperator, "Done")
    .message;
}
