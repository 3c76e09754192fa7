import { Box, useIsScreenReaderEnabled } from "ink";
import { useLayoutEffect, useRef } from "react";
import { roleOf } from "./api.ts";
import { allowed, type Binding } from "./keys.ts";
import { useKeys } from "./key_layers.ts";
import { type Line, Lines, LineView, type Span, wrapped } from "./lines.tsx";
import { useStore } from "./store.ts";
import type { Place, Subjects } from "./places.ts";
import { subjectKeys } from "./subject_keys.ts";
import { useTerminal } from "./terminal.ts";
import { fit } from "./text.ts";
import type { Tone } from "./theme.ts";

/**
 * A column of a list. A column without `cells` takes the remaining width. A list narrower than `from` does not have
 * the column.
 */
export type Column<Row> = { title: string; cells?: number; from?: number; of: (row: Row) => Span };

export type ListScreenProps<Row> = {
  place: Place;
  width: number;
  height: number;
  title: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  columns: readonly Column<Row>[];
  /** The list's part of a wide window; by default about half. */
  share?: number;
  /** The tone of a row's plain text, for its state. */
  toneOf?: (row: Row) => Tone;
  /** The lines beside the list, about the selected row. */
  detail: (row: Row, width: number) => readonly Line[];
  /** The user, credential and flow of a row, which the keys u, c and f open. */
  leadsTo?: (row: Row) => Subjects;
  /** Replaces opening the detail on Enter. The detail still opens with → and l. */
  enter?: { hint: string; run: (row: Row) => void };
  /** The screen's keys, for the selected row if there is one. */
  bindings: (row: Row | undefined) => readonly Binding[];
  /** Whether the server has not answered yet. */
  loading?: boolean;
  /** The text for an empty list. */
  empty: string;
  problem?: string | undefined;
  /** Keeps the last row selected as rows arrive. */
  follows?: boolean;
  /** Called when the operator moves the selection, with whether it is now at the first or the last row. */
  onMove?: (to: { first: boolean; last: boolean }) => void;
  /** Whether the server has older rows. Moving to the last row calls `readOlder`. */
  hasOlder?: boolean;
  readOlder?: () => void;
  /** Loads the rows again. Without it, the rows are live. */
  reload?: () => Promise<void>;
};

const NOTHING = Promise.resolve(undefined);

const STILL_LOADING = "Still loading. Press the key again in a moment";

/** From this width, the detail is beside the list. In a narrower window, Enter opens it. */
const WIDE = 100;

/** A list with the detail of the selected row beside it or instead of it. Only the rows that fit are drawn. */
export function ListScreen<Row>(props: ListScreenProps<Row>) {
  const { place, width, height, rows, keyOf, enter } = props;
  const state = useStore(place.list);
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
    const to = Math.max(0, Math.min(rows.length - 1, indexOf(props, from, at) + by));
    const row = rows[to];
    if (row !== undefined) place.list.update((now) => ({ ...now, chosen: keyOf(row), scrolled: 0 }));
    const last = to >= rows.length - 1;
    props.onMove?.({ first: to === 0, last });
    if (last) props.readOlder?.();
  };
  const set = (change: Partial<typeof state>) => place.list.update((now) => ({ ...now, ...change }));
  const own = props.bindings(chosen).map((binding) =>
    // A screen cannot know what is missing before the rows are loaded.
    binding.disabled && !chosen && props.loading ? { ...binding, disabled: STILL_LOADING } : binding
  );
  useKeys("screen", {
    title: props.title,
    bindings: [
      ...(open
        ? [{ keys: ["esc"], hint: "back to the list", run: () => set({ open: false, scrolled: 0 }) }]
        : [
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
      {listWidth > 0 && <List {...props} width={listWidth} at={at} filter={state.filter} />}
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

function List<Row>(
  props: ListScreenProps<Row> & { at: number; filter: string },
) {
  const { title, rows, width, height, at, filter, keyOf, problem, hasOlder } = props;
  const columns = props.columns.filter(({ from = 0 }) => width >= from);
  const page = Math.max(1, height - 2);
  const first = Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page));
  const heading: Line = [
    { text: ` ${title}`, tone: "title" },
    {
      text: `  ${rows.length === 0 ? "" : `${at + 1} of ${rows.length}${hasOlder ? "+" : ""}`}`,
      tone: "dim",
    },
    ...(filter ? [{ text: `  / ${filter}`, tone: "accent" as const }] : []),
  ];
  const empty = props.loading
    ? "Loading …"
    : hasOlder
    ? "No match yet. Press ↓ to load older rows"
    : props.empty;
  const notice: Line = [problem ? { text: problem, tone: "bad" } : { text: empty, tone: "dim" }];
  const body = wrapped([notice], width - 2).map((line) => [" ", ...line]);
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0} overflow="hidden">
      <LineView line={heading} width={width} />
      <LineView
        line={cells(columns, width, (column) => ({ text: column.title, tone: "dim" }))}
        width={width}
      />
      {rows.length === 0
        ? <Lines lines={body} width={width} height={page} />
        : rows.slice(first, first + page).map((row, index) => (
          <RowView
            key={keyOf(row)}
            line={cells(columns, width, (column) => column.of(row), stateTone(props.toneOf?.(row)))}
            width={width}
            selected={first + index === at}
          />
        ))}
    </Box>
  );
}

/** Only a state that asks for attention, or for none, colours a whole row. */
function stateTone(tone: Tone = "plain"): Tone {
  return tone === "warn" || tone === "bad" || tone === "dim" ? tone : "plain";
}

function RowView({ line, width, selected }: { line: Line; width: number; selected: boolean }) {
  const spoken = useIsScreenReaderEnabled();
  if (!selected) return <LineView line={line} width={width} />;
  if (!spoken) return <LineView line={line} width={width} tone="selected" />;
  return (
    <Box aria-state={{ selected }}>
      <LineView line={line} width={width - "(selected) ".length} tone="selected" />
    </Box>
  );
}

function cells<Row>(
  columns: readonly Column<Row>[],
  width: number,
  of: (column: Column<Row>) => Span,
  plainTone: Tone = "plain",
): Line {
  const fixed = columns.reduce((sum, { cells = 0 }) => sum + cells + 1, 1);
  const open = columns.filter((column) => column.cells === undefined).length;
  const rest = Math.max(4, Math.floor((width - fixed) / Math.max(1, open)));
  return [
    " ",
    ...columns.map((column): Span => {
      const span = of(column);
      const { text, tone } = typeof span === "string" ? { text: span, tone: "plain" as const } : span;
      return { text: `${fit(text, column.cells ?? rest)} `, tone: tone === "plain" ? plainTone : tone };
    }),
  ];
}
