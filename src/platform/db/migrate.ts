import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { PgBoss } from "pg-boss";
import * as events from "../../../migrations/0001_events.ts";
import * as instances from "../../../migrations/0002_instances.ts";
import * as operators from "../../../migrations/0003_operators.ts";
import * as vault from "../../../migrations/0004_vault.ts";
import * as flows from "../../../migrations/0005_flows.ts";
import * as mails from "../../../migrations/0006_mails.ts";
import * as users from "../../../migrations/0007_users.ts";
import * as sessions from "../../../migrations/0008_sessions.ts";
import * as signingKeys from "../../../migrations/0009_signing_keys.ts";
import * as rateLimits from "../../../migrations/0010_rate_limits.ts";
import * as emailCodes from "../../../migrations/0011_email_codes.ts";
import * as identities from "../../../migrations/0012_identities.ts";
import * as googleAuthorizations from "../../../migrations/0013_google_authorizations.ts";
import * as credentialRefresh from "../../../migrations/0014_credential_refresh.ts";
import * as byteOrder from "../../../migrations/0015_byte_order.ts";
import * as knownDevices from "../../../migrations/0016_known_devices.ts";
import * as unvouchedUsers from "../../../migrations/0017_unvouched_users.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

/**
 * Every migration by name, in order. A landed one is never edited: a change is a new one. Columns of text are
 * `text collate "C"`, so that they are compared by their bytes in any database.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001_events": events,
  "0002_instances": instances,
  "0003_operators": operators,
  "0004_vault": vault,
  "0005_flows": flows,
  "0006_mails": mails,
  "0007_users": users,
  "0008_sessions": sessions,
  "0009_signing_keys": signingKeys,
  "0010_rate_limits": rateLimits,
  "0011_email_codes": emailCodes,
  "0012_identities": identities,
  "0013_google_authorizations": googleAuthorizations,
  "0014_credential_refresh": credentialRefresh,
  "0015_byte_order": byteOrder,
  "0016_known_devices": knownDevices,
  "0017_unvouched_users": unvouchedUsers,
};

export type SchemaStatus = {
  applied: string[];
  /** Ours, and not in the database yet: `migrate` applies them. */
  pending: string[];
  /** In the database, and unknown to this version: the database was migrated by a newer Sallyport. */
  unknown: string[];
};

/** What the database's schema is, compared with what this version needs. Reads only. */
export async function schemaStatus(db: Kysely<Tables>): Promise<SchemaStatus> {
  const applied = await appliedMigrations(db);
  const names = Object.keys(MIGRATIONS);
  return {
    applied: names.filter((name) => applied.includes(name)),
    pending: names.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !names.includes(name)),
  };
}

/** Kysely's own bookkeeping table, which does not exist before the first migration. */
async function appliedMigrations(db: Kysely<Tables>): Promise<string[]> {
  const bookkeeping = db.withTables<{ kysely_migration: { name: string } }>();
  // Not Kysely's introspection: that reads the whole catalogue, and every probe of readiness asks.
  const found = await sql<{ exists: boolean }>`
    select to_regclass('kysely_migration') is not null as exists`.execute(db);
  if (!found.rows[0]?.exists) return [];
  const rows = await bookkeeping.selectFrom("kysely_migration").select("name").orderBy("name").execute();
  return rows.map((row) => row.name);
}

/**
 * Brings the schema up to this version, the job engine's tables included, under the migrator's lock: a second
 * `migrate` at the same time waits and finds nothing to do. Returns the names applied. Throws when one fails;
 * those before it stay applied.
 */
export async function migrate(database: Database, to?: string): Promise<string[]> {
  const migrator = new Migrator({
    db: database.db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  // The job engine's tables first: when nothing of ours is pending, they are there too, whatever was interrupted.
  await migrateJobs(database);
  const { error, results } = to ? await migrator.migrateTo(to) : await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}

async function migrateJobs(database: Database): Promise<void> {
  const boss = new PgBoss({ ...database.boss, useListenNotify: false, supervise: false, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  await boss.stop({ graceful: false });
}
