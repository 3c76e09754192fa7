import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** Finds rows by many ids in one query: those that exist. */
export type Loader<Row> = (db: Kysely<Tables>, ids: readonly string[]) => Promise<Map<string, Row>>;
