import { type Kysely, sql } from "kysely";

/** One lease row a running instance, and the root keys that rows of this database were sealed under. */
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
