import { Health, type ServerHealth } from "../documents/server.ts";
import { field, type Line } from "../lines.tsx";
import { type Column, ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { filterRows } from "../filter_rows.ts";
import { sparkline } from "../sparkline.ts";
import { useStore } from "../store.ts";
import { useTerminal } from "../terminal.ts";
import { SIGN } from "../theme.ts";
import { dateTime, dayTime } from "../time.ts";
import { useLive } from "../use_server.ts";

const NOTHING = {};

type Row = ServerHealth["checks"][number];

const COLUMNS: Column<Row>[] = [
  {
    title: "",
    cells: 1,
    of: ({ ok }) => ok ? { text: SIGN.good, tone: "good" } : { text: SIGN.bad, tone: "bad" },
  },
  { title: "CHECK", cells: 14, of: ({ name }) => name },
  { title: "RESULT", of: ({ message, ok }) => ({ text: message, tone: ok ? "dim" : "bad" }) },
];

/** The health of the connected server instance, updated every second: checks, rates, queues and recent errors. */
export function HealthScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { filter } = useStore(place.list);
  const greeting = useStore(terminal.api.greeting);
  const { value, problem } = useLive(Health, NOTHING);
  const now = terminal.api.now();
  const health = value?.serverHealth;
  const rows = filterRows(health?.checks ?? [], filter);
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={rows.every(({ ok }) => ok) ? "Health" : "Health  ✗ failing"}
      rows={rows}
      keyOf={({ name }) => name}
      columns={COLUMNS}
      detail={(_row, detailWidth) => health ? instanceLines(health, detailWidth) : []}
      problem={problem}
      empty={filter ? "No checks match" : "Loading …"}
      bindings={() => [{
        keys: ["y"],
        hint: "copy as JSON",
        disabled: health ? undefined : "Not loaded yet",
        run: () => terminal.copy(JSON.stringify(health), "the health report as JSON"),
      }]}
    />
  );

  function instanceLines(health: ServerHealth, detailWidth: number): Line[] {
    const { version = "", database, startedAt } = greeting?.server ?? {};
    const cells = Math.max(10, Math.min(60, detailWidth - 28));
    return [
      [{ text: `Sallyport ${version}`, tone: "title" }],
      ...field("instance", health.instanceId),
      ...field("database", database),
      ...field("started", dateTime(startedAt)),
      ...field(
        "tail lag",
        `${health.tailLagSeconds.toFixed(1)} s`,
        health.tailLagSeconds > 1 ? "bad" : "plain",
      ),
      ...field("hash queue", String(health.hashQueue)),
      ...field("subscribers", String(health.subscribers)),
      ...field("Modal waits", String(health.waitingFlows)),
      [],
      [{ text: "The last five minutes", tone: "title" }],
      ...health.series.map(({ name, unit, samples }): Line => [
        { text: name.padEnd(10), tone: "dim" },
        { text: `${sparkline(samples.map(({ value }) => value), cells)} `, tone: "accent" },
        `${round(samples.at(-1)?.value ?? 0)} ${unit}`,
      ]),
      [],
      [{ text: "Jobs", tone: "title" }],
      ...Object.entries(health.jobs as Record<string, Record<string, number>>).map((
        [queue, counts],
      ): Line => [
        { text: queue.padEnd(22), tone: "dim" },
        Object.entries(counts).filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`)
          .join("  ") || { text: "idle", tone: "dim" },
      ]),
      [],
      [{ text: "Recent errors", tone: "title" }],
      ...(health.recentErrors.length === 0 ? [[{ text: "none", tone: "dim" as const }]] : []),
      ...health.recentErrors.map(({ at, type, actor }): Line => [
        { text: `${dayTime(at, now)} `, tone: "dim" },
        { text: `${type} `, tone: "bad" },
        actor,
      ]),
    ];
  }
}

function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
