import type { AttackRow } from "../attack.ts";
import type { Binding } from "../keys.ts";
import { ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { type Attack, MOST, useAttack } from "../use_attack.ts";
import { useNow } from "../use_server.ts";
import { attackColumns, attackLines, filterAttack, nameOfRow } from "./attack_lines.ts";
import { clearLimits } from "./clear_limits.ts";

/** The client addresses, networks and accounts with the most refusals, and the limits that are used up. */
export function AttackScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { names } = terminal.api;
  const { filter } = useStore(place.list);
  useStore(names.known);
  const now = useNow();
  const attack = useAttack(now);
  const showEvents = ({ filter }: AttackRow) => terminal.openOnTop("events", { filter });
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={titleOf(attack)}
      rows={filterAttack(attack.rows, filter, names.of)}
      keyOf={({ key }) => key}
      toneOf={({ kind }) => kind === "limit" ? "warn" : "plain"}
      columns={attackColumns(names.of, now)}
      detail={(row) => attackLines(row, names.of, now)}
      share={0.62}
      problem={attack.problem}
      loading={attack.loading}
      reload={attack.reload}
      empty={filter ? "No rows match. Esc clears the filter" : "No refusals in the last 15 minutes"}
      enter={{ hint: "events", run: showEvents }}
      leadsTo={({ userId, identifier }) => ({
        asks: identifier ?? null,
        user: userId ? { kind: "user", id: userId, label: names.of(userId) ?? userId } : undefined,
      })}
      bindings={(row) => [
        {
          keys: ["e"],
          hint: "events",
          quiet: true,
          disabled: row ? undefined : "No row selected",
          run: () => row && showEvents(row),
        },
        clearKey(terminal, row),
      ]}
    />
  );
}

function titleOf({ count, refusedAreMore, limitedAreMore }: Attack): string {
  const refused = refusedAreMore
    ? `only the newest ${MOST.refused.toLocaleString("en")} events of 15 min`
    : `${count.toLocaleString("en")} refused in 15 min`;
  return `Attack  ${refused}${limitedAreMore ? `, limits of the newest ${MOST.limited}` : ""}`;
}

function clearKey(terminal: Terminal, row: AttackRow | undefined): Binding {
  const identifier = row?.kind === "limit" ? row.identifier : undefined;
  return {
    keys: ["L"],
    hint: "clear limit",
    needs: "OPERATE",
    danger: true,
    disabled: identifier ? undefined : whyNotCleared(row),
    run: () =>
      row && identifier &&
      void terminal.runAction(() => clearLimits(terminal, identifier, nameOfRow(row, terminal.api.names.of))),
  };
}

function whyNotCleared(row: AttackRow | undefined): string {
  if (row?.kind !== "limit") return "Select a limit. They are below the refusals";
  return row.name.startsWith("unknown name")
    ? "Only a hash of this name is known. Ask Why about the name, and press L there"
    : "Limits of operators, sessions and API keys cannot be cleared";
}
