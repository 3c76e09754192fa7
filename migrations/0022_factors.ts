import { type Kysely, sql } from "kysely";

/** Second factors: authenticator apps, passkeys and recovery codes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The kinds of the user's second factors. A sign-in reads them in the statement that stores the session.
  await sql`alter table users add column factors text[] collate "C" not null default '{}'`.execute(db);
  // The kinds of second factors that the session has proven, and when it last proved one. Null: at its creation.
  await sql`
    alter table sessions
      add column factors text[] collate "C" not null default '{}',
      add column authenticated_at timestamptz(3)`.execute(db);
  // The kinds of flows and the methods are listed in the code only.
  await sql`alter table flows drop constraint flows_kind_check`.execute(db);
  await sql`alter table sessions drop constraint sessions_method_check`.execute(db);
  await sql`alter table users drop constraint users_last_method_check`.execute(db);
  await sql`
    create table factors (
      id text collate "C" primary key,
      user_id text collate "C" not null references users (id) on delete cascade,
      kind text collate "C" not null,
      name text collate "C" not null,
      created_at timestamptz(3) not null,
      last_used_at timestamptz(3),
      -- TOTP: the sealed secret, the step of the last accepted code, how many steps the clock is ahead as learned,
      -- and how many steps the last accepted code was ahead.
      root_key_id text collate "C",
      sealed text collate "C",
      last_step bigint,
      clock_steps smallint not null default 0,
      last_difference smallint not null default 0,
      -- PASSKEY: the public part of the WebAuthn credential.
      credential_id text collate "C" unique,
      public_key bytea,
      -- Of an imported passkey: what the authenticator stores to find the user. Null for our own: the bytes of the id.
      user_handle bytea,
      counter bigint,
      transports text[] collate "C",
      synced boolean
    )`.execute(db);
  await sql`create index factors_by_user on factors (user_id, id)`.execute(db);
  await sql`
    create table recovery_codes (
      code_hash bytea primary key,
      user_id text collate "C" not null references users (id) on delete cascade
    )`.execute(db);
  await sql`create index recovery_codes_by_user on recovery_codes (user_id)`.execute(db);
  // Authenticator apps that are being added, with their sealed secrets.
  await sql`
    create table totp_enrolments (
      id text collate "C" primary key,
      user_id text collate "C" not null references users (id) on delete cascade,
      session_id text collate "C" not null,
      sealed text collate "C" not null,
      attempts_left smallint not null,
      expires_at timestamptz(3) not null
    )`.execute(db);
  await sql`create index totp_enrolments_by_user on totp_enrolments (user_id)`.execute(db);
  await sql`create index totp_enrolments_by_end on totp_enrolments (expires_at)`.execute(db);
}
