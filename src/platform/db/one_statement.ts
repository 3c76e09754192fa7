import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "./tables.ts";

/**
 * Runs `parts` as one statement: atomic, in one round trip, without a transaction. Each part must write its own
 * rows; no part sees another's writes.
 */
export async function inOneStatement(
  db: Kysely<Tables>,
  parts: readonly RawBuilder<unknown>[],
): Promise<void> {
  const named = parts.map((part, index) => sql`${sql.ref(`part_${index}`)} as (${part})`);
  await sql`with ${sql.join(named)} select`.execute(db);
}
