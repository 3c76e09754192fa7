import { Box, useIsScreenReaderEnabled } from "ink";
import { type Line, Lines, LineView, type Span, wrapped } from "./lines.tsx";
import type { ListState } from "./places.ts";
import type { Sorting, SortValue } from "./sorted_rows.ts";
import { fit } from "./text.ts";
import type { Tone } from "./theme.ts";

/**
 * A column of a list. A column without `cells` takes the remaining width. A list narrower than `from` does not have
 * the column.
 */
export type Column<Row> = {
  title: string;
  cells?: number;
  from?: number;
  of: (row: Row) => Span;
  /** The value that sorts the list by this column. Without it, the column does not sort. */
  by?: (row: Row) => SortValue;
};

/** The rows of a table and how they are drawn. */
export type Rows<Row> = {
  width: number;
  height: number;
  title: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  columns: readonly Column<Row>[];
  /** The tone of a row's plain text, for its state. */
  toneOf?: (row: Row) => Tone;
  /** Whether the server has not answered yet. */
  loading?: boolean;
  /** The text for an empty list. */
  empty: string;
  problem?: string | undefined;
  /** Whether the server has older rows. */
  hasOlder?: boolean;
};

type TableProps<Row> = Rows<Row> & {
  /** The index of the selected row. */
  at: number;
  state: ListState;
};

/** The lines above the rows. */
const HEADING_LINES = 2;

function firstShown(at: number, count: number, page: number): number {
  return Math.max(0, Math.min(at - Math.floor(page / 2), count - page));
}

/** The index of the row that is drawn on this line of the table; undefined for a line without a row. */
export function rowOnLine(line: number, at: number, count: number, height: number): number | undefined {
  const page = Math.max(1, height - HEADING_LINES);
  const index = firstShown(at, count, page) + line - HEADING_LINES;
  return line >= HEADING_LINES && line < height && index < count ? index : undefined;
}

/** The rows around the selected one, under a heading and the columns' titles. */
export function Table<Row>(props: TableProps<Row>) {
  const { title, rows, width, height, at, keyOf, problem, hasOlder } = props;
  const { filter, sorting, marked, onlyTroubled } = props.state;
  const columns = props.columns.filter(({ from = 0 }) => width >= from);
  const page = Math.max(1, height - HEADING_LINES);
  const first = firstShown(at, rows.length, page);
  const heading: Line = [
    { text: ` ${title}`, tone: "title" },
    {
      text: `  ${rows.length === 0 ? "" : `${at + 1} of ${rows.length}${hasOlder ? "+" : ""}`}`,
      tone: "dim",
    },
    ...[
      marked.size > 0 && `${marked.size} marked`,
      onlyTroubled && "needs attention",
      filter && `/ ${filter}`,
    ]
      .flatMap((note) => note ? [{ text: `  ${note}`, tone: "accent" as const }] : []),
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
        line={cells(columns, width, ({ title }) => ({ text: titleOf(title, sorting), tone: "dim" }))}
        width={width}
      />
      {rows.length === 0
        ? <Lines lines={body} width={width} height={page} />
        : rows.slice(first, first + page).map((row, index) => (
          <RowView
            key={keyOf(row)}
            line={[
              marked.has(keyOf(row)) ? { text: "*", tone: "accent" } : " ",
              ...cells(columns, width, (column) => column.of(row), stateTone(props.toneOf?.(row))).slice(1),
            ]}
            width={width}
            selected={first + index === at}
          />
        ))}
    </Box>
  );
}

function titleOf(title: string, sorting: Sorting | undefined): string {
  return title === sorting?.title ? `${title} ${sorting.descending ? "▼" : "▲"}` : title;
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
