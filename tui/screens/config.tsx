import { ReadConfiguration, type SettingRow } from "../documents/server.ts";
import { filterRows } from "../filter_rows.ts";
import type { Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import type { Column } from "../table.tsx";
import { useTerminal } from "../terminal.ts";
import { useLoad } from "../use_server.ts";

const COLUMNS: Column<SettingRow>[] = [
  {
    title: "VARIABLE",
    cells: 42,
    of: ({ name, isSet }) => ({ text: name, tone: isSet ? "accent" : "plain" }),
    by: ({ name }) => name,
  },
  { title: "VALUE", of: (row) => ({ text: valueOf(row), tone: row.isSet ? "accent" : "dim" }), by: valueOf },
];

/** The configuration of the connected instance. Those that are set come first. */
export function ConfigScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter } = useStore(place.list);
  const { value = [], problem, loading, reload } = useLoad("configuration", async () => {
    const { configuration } = await client.request(ReadConfiguration, {});
    return configuration.toSorted((one, other) => Number(other.isSet) - Number(one.isSet));
  }, []);
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Configuration"
      share={0.6}
      rows={filterRows(value, filter)}
      keyOf={({ name }) => name}
      columns={COLUMNS}
      detail={settingLines}
      problem={problem}
      loading={loading}
      reload={reload}
      empty={filter ? "No variables match" : "The server returned no variables"}
      bindings={(row) => [{
        keys: ["y"],
        hint: "copy",
        quiet: true,
        disabled: row ? undefined : "No variable selected",
        run: () => row && terminal.copy(`${row.name}=${row.value ?? ""}`, "the variable"),
      }]}
    />
  );
}

function valueOf({ value, isSecret }: SettingRow): string {
  return isSecret ? "(secret)" : value ?? "(not set)";
}

function settingLines(row: SettingRow): Line[] {
  return [
    [{ text: row.name, tone: "title" }],
    [{ text: row.isSet ? "Set in the environment" : "Not set: this is the default", tone: "dim" }],
    [],
    [valueOf(row)],
    [],
    [row.about],
  ];
}
