import { Health, type ServerHealth } from "../documents/server.ts";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import type { ScreenProps } from "../screens.ts";
import { filterRows } from "../filter_rows.ts";
import { useStore } from "../store.ts";
import { useTerminal } from "../terminal.ts";
import { SIGN } from "../theme.ts";
import { useLive } from "../use_server.ts";
import { checkLines, instanceLines } from "./health_lines.ts";

const NOTHING = {};

type Row = ServerHealth["checks"][number];

const COLUMNS: Column<Row>[] = [
  {
    title: "",
    cells: 1,
    of: ({ ok }) => ok ? { text: SIGN.good, tone: "good" } : { text: SIGN.bad, tone: "bad" },
  },
  { title: "CHECK", cells: 20, of: ({ name }) => name },
  { title: "RESULT", of: ({ message, ok }) => ({ text: message, tone: ok ? "dim" : "bad" }) },
];

/** The health of the connected server instance, updated every second: checks, rates, queues and recent errors. */
export function HealthScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { filter, open } = useStore(place.list);
  const { api } = terminal;
  const server = useStore(api.greeting)?.server;
  const { changes } = useStore(api.checks);
  const { value, problem } = useLive(Health, NOTHING);
  const health = value?.serverHealth;
  const rows = filterRows(health?.checks ?? [], filter);
  const failed = rows.filter(({ ok }) => !ok).length;
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={failed > 0 ? `Health  ✗ ${failed} failing` : "Health"}
      rows={rows}
      keyOf={({ name }) => name}
      toneOf={({ ok }) => ok ? "plain" : "bad"}
      columns={COLUMNS}
      detail={(row, detailWidth) =>
        health
          ? [
            ...(open ? checkLines(row, changes.get(row.name) ?? [], health, detailWidth, api.now()) : []),
            ...instanceLines(health, server, detailWidth, api.now()),
          ]
          : []}
      problem={problem}
      empty={filter ? "No checks match" : "Loading …"}
      bindings={() => [
        { keys: ["a"], hint: "attack view", run: () => terminal.openOnTop("attack") },
        {
          keys: ["y"],
          hint: "copy as JSON",
          disabled: health ? undefined : "Not loaded yet",
          run: () => terminal.copy(JSON.stringify(health), "the health report as JSON"),
        },
      ]}
    />
  );
}
