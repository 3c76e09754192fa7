import { type Kysely, sql } from "kysely";

/** Counts of attempts, in the columns that rate-limiter-flexible writes. `expire` is in milliseconds since 1970. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    )`.execute(db);
  await sql`alter table rate_limits set (fillfactor = 70)`.execute(db);
  await sql`create index rate_limits_by_expiry on rate_limits (expire)`.execute(db);
}
