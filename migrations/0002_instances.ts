import { type Kysely, sql } from "kysely";

/** The lease of each running instance, and the ids of the root keys that sealed rows of this database. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table instances (
      id text primary key,
      started_at timestamptz(3) not null,
      lease_ends_at timestamptz(3) not null
    )`.execute(db);
  await sql`
    create table root_keys (
      id text primary key,
      in_force_since timestamptz(3) not null
    )`.execute(db);
}
