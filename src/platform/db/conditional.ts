import type { Compilable, Expression, SqlBool } from "kysely";

/** An update or a deletion, as Kysely builds it: a further condition can be added. `Row` is what it returns. */
export type Conditional<Row = unknown> = { where(condition: Expression<SqlBool>): Compilable<Row> };
