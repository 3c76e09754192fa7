import { Box, useIsScreenReaderEnabled } from "ink";
import { useLayoutEffect, useMemo, useRef } from "react";
import { roleOf } from "./api.ts";
import { HEADER_LINES } from "./header.tsx";
import { allowed, type Binding } from "./keys.ts";
import { useKeys } from "./key_layers.ts";
import { rowOnLine, type Rows, Table } from "./table.tsx";
import { tableKeys } from "./table_keys.ts";
import { type Line, Lines, wrapped } from "./lines.tsx";
import type { Marks } from "./marks.ts";
import { sortedRows } from "./sorted_rows.ts";
import { useStore } from "./store.ts";
import type { Place, Subjects } from "./places.ts";
import { subjectKeys } from "./subject_keys.ts";
import { useTerminal } from "./terminal.ts";

export type ListScreenProps<Row> = Rows<Row> & {
  place: Place;
  /** The list's part of a wide window; by default about half. */
  share?: number;
  /** The lines beside the list, about the selected row. */
  detail: (row: Row, width: number) => readonly Line[];
  /** The user, credential and flow of a row, which the keys u, c and f open. */
  leadsTo?: (row: Row) => Subjects;
  /** Replaces opening the detail on Enter. The detail still opens with → and l. */
  enter?: { hint: string; run: (row: Row) => void };
  /** The screen's keys, for the selected row if there is one, and for the marked rows. */
  bindings: (row: Row | undefined, marks: Marks<Row>) => readonly Binding[];
  /** Whether rows can be marked. */
  canMark?: boolean;
  /** Whether `onlyTroubled` of the list's state limits the rows. */
  canLimit?: boolean;
  /** Keeps the last row selected as rows arrive. */
  follows?: boolean;
  /** Called when the operator moves the selection, with whether it is now at the first or the last row. */
  onMove?: (to: { first: boolean; last: boolean }) => void;
  /** Called at the last row, to load older ones. */
  readOlder?: () => void;
  /** Loads the rows again. Without it, the rows are live. */
  reload?: () => Promise<void>;
};

const NOTHING = Promise.resolve(undefined);

const STILL_LOADING = "Still loading. Press the key again in a moment";

/** From this width, the detail is beside the list. In a narrower window, Enter opens it. */
const WIDE = 100;

/** A list with the detail of the selected row beside it or instead of it. Only the rows that fit are drawn. */
export function ListScreen<Row>(given: ListScreenProps<Row>) {
  const { place, width, height, keyOf, enter } = given;
  const state = useStore(place.list);
  const rows = useMemo(
    () => sortedRows(given.rows, given.columns, state.sorting),
    [given.rows, state.sorting],
  );
  const props = { ...given, rows };
  const terminal = useTerminal();
  const { readOnly, greeting } = terminal.api;
  const role = roleOf(useStore(greeting));
  const lastAt = useRef(0);
  const at = indexOf(props, state.chosen, lastAt.current);
  useLayoutEffect(() => void (lastAt.current = at));
  const chosen = rows[at];
  const nothing = chosen === undefined ? "Nothing to open" : undefined;
  // A screen reader reads line by line: the list alone, or the detail alone.
  const spoken = useIsScreenReaderEnabled();
  const wide = width >= WIDE && !spoken;
  const open = state.open && chosen !== undefined;
  const listWidth = open ? 0 : wide ? Math.max(50, Math.floor(width * (props.share ?? 0.52))) : width;
  const detailWidth = width - listWidth - (open || !wide ? 0 : 1);
  const lines = chosen !== undefined && (open || wide)
    ? wrapped(props.detail(chosen, detailWidth - 2), detailWidth - 2)
    : [];
  const mostScrolled = Math.max(0, lines.length - height);
  const scrolled = Math.min(state.scrolled, mostScrolled);
  const page = Math.max(1, height - 3);

  const move = (by: number) => {
    const { chosen: from, open: reading, scrolled: before } = place.list.get();
    if (reading) {
      const to = Math.max(0, Math.min(mostScrolled, Math.min(before, mostScrolled) + by));
      return place.list.update((now) => ({ ...now, scrolled: to }));
    }
    choose(Math.max(0, Math.min(rows.length - 1, indexOf(props, from, at) + by)));
  };
  const choose = (to: number) => {
    const row = rows[to];
    if (row !== undefined) place.list.update((now) => ({ ...now, chosen: keyOf(row), scrolled: 0 }));
    const last = to >= rows.length - 1;
    props.onMove?.({ first: to === 0, last });
    if (last) props.readOlder?.();
  };
  const set = (change: Partial<typeof state>) => place.list.update((now) => ({ ...now, ...change }));
  const marks = {
    rows: state.marked.size === 0 ? [] : rows.filter((row) => state.marked.has(keyOf(row))),
    clear: () => set({ marked: new Set() }),
  };
  const own = props.bindings(chosen, marks).map((binding) =>
    // A screen cannot know what is missing before the rows are loaded.
    binding.disabled && !chosen && props.loading ? { ...binding, disabled: STILL_LOADING } : binding
  );
  useKeys("screen", {
    title: props.title,
    click({ row, column }) {
      const to = column < listWidth ? rowOnLine(row - HEADER_LINES, at, rows.length, height) : undefined;
      if (to !== undefined) choose(to);
    },
    bindings: [
      ...(open
        ? [{ keys: ["esc"], hint: "back to the list", run: () => set({ open: false, scrolled: 0 }) }]
        : [
          ...(marks.rows.length > 0 ? [{ keys: ["esc"], hint: "clear marks", run: marks.clear }] : []),
          ...(state.filter
            ? [{ keys: ["esc"], hint: "clear filter", run: () => set({ filter: "", chosen: undefined }) }]
            : []),
          ...(enter
            ? [{
              keys: ["enter"],
              hint: enter.hint,
              disabled: nothing,
              run: () => chosen !== undefined && enter.run(chosen),
            }]
            : []),
          {
            keys: enter ? ["right", "l"] : ["enter", "right", "l"],
            hint: "open",
            quiet: enter !== undefined && wide,
            disabled: nothing,
            run: () => set({ open: true, scrolled: 0 }),
          },
        ]),
      ...allowed(own, { readOnly, role }),
      ...(props.leadsTo ? subjectKeys(terminal, chosen === undefined ? {} : props.leadsTo(chosen)) : []),
      ...tableKeys(place.list, props, chosen),
      {
        keys: ["r"],
        hint: "reload",
        quiet: true,
        disabled: props.reload ? undefined : "This screen is live: it needs no reload",
        run: () => void terminal.runAction(() => props.reload?.().then(() => "Reloaded") ?? NOTHING),
      },
      {
        keys: ["/"],
        hint: "filter",
        run: () => {
          set({ open: false });
          terminal.filtering.set(true);
        },
      },
      { keys: ["down", "j"], hint: "down", quiet: true, run: () => move(1) },
      { keys: ["up", "k"], hint: "up", quiet: true, run: () => move(-1) },
      { keys: ["pagedown", "ctrl+f"], hint: "page down", quiet: true, run: () => move(page) },
      { keys: ["pageup", "ctrl+b"], hint: "page up", quiet: true, run: () => move(-page) },
      { keys: ["home", "g"], hint: "first", quiet: true, run: () => move(-Infinity) },
      ...(own.some(({ keys }) => keys.includes("G"))
        ? []
        : [{ keys: ["end", "G"], hint: "last", quiet: true, run: () => move(Infinity) }]),
    ],
  });
  return (
    <Box width={width} height={height}>
      {listWidth > 0 && <Table {...props} width={listWidth} at={at} state={state} />}
      {listWidth > 0 && detailWidth > 0 && wide && <Divider height={height} />}
      {(open || wide) && (
        <Lines
          lines={lines.slice(scrolled).map((line) => [" ", ...line])}
          width={detailWidth}
          height={height}
        />
      )}
    </Box>
  );
}

/** The index of the selected row, or 0 if that row is gone. */
function indexOf<Row>(
  { rows, keyOf, follows }: ListScreenProps<Row>,
  chosen: string | undefined,
  guess: number,
): number {
  if (follows) return rows.length - 1;
  if (chosen === undefined) return 0;
  // Searched outwards from the last position: the list may have thousands of rows, and a row rarely moves far.
  const isThere = (index: number) => {
    const row = rows[index];
    return row !== undefined && keyOf(row) === chosen;
  };
  for (let away = 0; guess - away >= 0 || guess + away < rows.length; away++) {
    if (isThere(guess - away)) return guess - away;
    if (isThere(guess + away)) return guess + away;
  }
  return 0;
}

function Divider({ height }: { height: number }) {
  const line: Line = [{ text: "│", tone: "dim" }];
  return <Lines lines={Array.from({ length: height }, () => line)} width={1} height={height} />;
}
