import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** Finds the existing rows with these ids in one query. */
export type Loader<Row> = (db: Kysely<Tables>, ids: readonly string[]) => Promise<Map<string, Row>>;
