import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "./tables.ts";

/**
 * Carries out `parts`, each of which writes rows of its own, as one statement: all of them or none, in one round trip
 * and without a transaction. None sees what another writes.
 */
export async function inOneStatement(
  db: Kysely<Tables>,
  parts: readonly RawBuilder<unknown>[],
): Promise<void> {
  const named = parts.map((part, index) => sql`${sql.ref(`part_${index}`)} as (${part})`);
  await sql`with ${sql.join(named)} select`.execute(db);
}
