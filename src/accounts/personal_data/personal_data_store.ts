import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { type Column, HELD_TABLES, type HeldTable, MOST_ROWS, type Person } from "./held_tables.ts";

/** The newest rows of one table: of their columns, those that may be shown. */
export type Section = {
  /** The number of rows that were read, at most `MOST_ROWS`. */
  count: number;
  /** Older rows are left out. */
  truncated: boolean;
  /** Empty if no column may be shown. */
  rows: Record<string, unknown>[];
};

/** Reads the newest rows of every table that has rows about users, by the table's name in camel case. */
export async function readHeldRows(db: Kysely<Tables>, person: Person): Promise<Record<string, Section>> {
  const sections: Record<string, Section> = {};
  for (const [table, held] of Object.entries(HELD_TABLES)) {
    if ("leftOut" in held) continue;
    sections[camelCase(table)] = await readSection(db, table, held as HeldTable<unknown>, person);
  }
  return sections;
}

async function readSection(
  db: Kysely<Tables>,
  table: string,
  { of, columns, newest }: HeldTable<unknown> & { newest: string },
  person: Person,
): Promise<Section> {
  const end = sql`order by ${sql.ref(newest)} desc limit ${MOST_ROWS + 1}`;
  const parts = of(person).map((condition) =>
    sql`(select * from ${sql.table(table)} where ${condition} ${end})`
  );
  const shown = shownColumns(columns);
  const { rows } = await sql<Record<string, unknown>>`
    select ${sql.join(shown)} from (${sql.join(parts, sql` union all `)}) as held ${end}`
    .execute(db);
  const read = rows.slice(0, MOST_ROWS);
  return { count: read.length, truncated: rows.length > MOST_ROWS, rows: shown.length > 0 ? read : [] };
}

function shownColumns(columns: Record<string, Column>): RawBuilder<unknown>[] {
  return Object.entries(columns).flatMap(([name, column]) => {
    if (column === "secret" || column === "internal") return [];
    const value = typeof column === "string" ? sql.ref(name) : column;
    return [sql`${value} as ${sql.ref(camelCase(name))}`];
  });
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
