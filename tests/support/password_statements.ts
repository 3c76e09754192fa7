import pg from "pg";

type Told = { text: string; values?: unknown };

/** The type of the event of a password that a statement writes, if any. */
function eventIn(values: unknown): string {
  const texts = Array.isArray(values) ? values.map(String) : [];
  return texts.map((text) => /"type":"(password\.\w+)"/.exec(text)?.[1] ?? "").join("");
}

/**
 * What this process's Postgres clients are told while `work` runs: a transaction in one line, and with what writes
 * an event of a password its type.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spied = pg.Client.prototype.query;
  const transactions = new Map<pg.Client, string[]>();
  const lines: string[] = [];
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args;
    const { text, values } = typeof first === "string" ? { text: first, values: second } : first as Told;
    const line = text + eventIn(values);
    const open = transactions.get(this);
    if (line === "begin") transactions.set(this, [line]);
    else if (!open) lines.push(line);
    else if (open.push(line) && /^(commit|rollback)$/.test(line)) {
      lines.push(open.join("; "));
      transactions.delete(this);
    }
    return Reflect.apply(spied, this, args);
  } as typeof spied;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = spied;
  }
  return lines;
}
