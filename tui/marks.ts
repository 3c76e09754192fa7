import type { Binding } from "./keys.ts";
import { refusalSentence } from "./refusal.ts";
import type { Terminal } from "./terminal.ts";

/** The rows that the operator has marked. */
export type Marks<Row> = { rows: readonly Row[]; clear: () => void };

/** An action on each marked row. The question is asked once, before the first. */
type OnMarked<Row> = { question: string; act: (row: Row) => Promise<unknown> };

/** A key that acts on the marked rows; as `binding` says if there are none. */
export function onMarked<Row>(
  terminal: Terminal,
  marks: Marks<Row>,
  binding: Binding,
  action: OnMarked<Row>,
): Binding {
  const { length } = marks.rows;
  if (length === 0) return binding;
  const run = () => void terminal.runAction(() => actOnEach(terminal, marks, action));
  return { ...binding, hint: `${binding.hint}: ${length} marked`, disabled: undefined, run };
}

/** Acts on one row after the other, and on all of them, even if some are refused. */
async function actOnEach<Row>(
  { confirm, say }: Terminal,
  { rows, clear }: Marks<Row>,
  { question, act }: OnMarked<Row>,
): Promise<string | undefined> {
  if (!await confirm(`${question} ${rows.length} marked`)) return;
  const refusals: unknown[] = [];
  for (const [index, row] of rows.entries()) {
    say(`${index} of ${rows.length} …`, "dim");
    await act(row).catch((error) => refusals.push(error));
  }
  clear();
  const done = `Done for ${rows.length - refusals.length} of ${rows.length}`;
  if (refusals.length === 0) return done;
  say(`${done}. The first refusal: ${refusalSentence(refusals[0])}`, "bad");
  return undefined;
}
