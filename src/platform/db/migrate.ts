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
import * as userRoles from "../../../migrations/0018_user_roles.ts";
import * as apiKeys from "../../../migrations/0019_api_keys.ts";
import * as eventSearch from "../../../migrations/0020_event_search.ts";
import * as diagnosis from "../../../migrations/0021_diagnosis.ts";
import * as factors from "../../../migrations/0022_factors.ts";
import * as userSearch from "../../../migrations/0023_user_search.ts";
import * as addresses from "../../../migrations/0024_addresses.ts";
import * as apiKeyCreators from "../../../migrations/0025_api_key_creators.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

/**
 * All migrations by name, in order. A released migration is never edited; a change is a new one. Text columns
 * are `text collate "C"`, so that any database compares them by bytes.
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
  "0018_user_roles": userRoles,
  "0019_api_keys": apiKeys,
  "0020_event_search": eventSearch,
  "0021_diagnosis": diagnosis,
  "0022_factors": factors,
  "0023_user_search": userSearch,
  "0024_addresses": addresses,
  "0025_api_key_creators": apiKeyCreators,
};

export type SchemaStatus = {
  applied: string[];
  /** Known here and not applied yet. `migrate` applies them. */
  pending: string[];
  /** Applied by a newer version of Sallyport and unknown here. */
  unknown: string[];
};

/** Compares the database's schema with what this version needs. Read-only. */
export async function schemaStatus(db: Kysely<Tables>): Promise<SchemaStatus> {
  const applied = await appliedMigrations(db);
  const names = Object.keys(MIGRATIONS);
  return {
    applied: names.filter((name) => applied.includes(name)),
    pending: names.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !names.includes(name)),
  };
}

/** Reads Kysely's migration table, which does not exist before the first migration. */
async function appliedMigrations(db: Kysely<Tables>): Promise<string[]> {
  const bookkeeping = db.withTables<{ kysely_migration: { name: string } }>();
  // Kysely's introspection would read the whole catalogue, and every readiness check runs this.
  const found = await sql<{ exists: boolean }>`
    select to_regclass('kysely_migration') is not null as exists`.execute(db);
  if (!found.rows[0]?.exists) return [];
  const rows = await bookkeeping.selectFrom("kysely_migration").select("name").orderBy("name").execute();
  return rows.map((row) => row.name);
}

/**
 * Migrates the schema to this version, including the job engine's tables. The migrator holds a lock, so a
 * concurrent `migrate` waits and finds nothing to do. Returns the applied names. If a migration fails it
 * throws, and earlier ones stay applied.
 */
export async function migrate(database: Database, to?: string): Promise<string[]> {
  const migrator = new Migrator({
    db: database.db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  // The job engine's tables come first. So they exist whenever our migrations are complete, even after an
  // interruption.
  await migrateJobs(database);
  const { error, results } = to ? await migrator.migrateTo(to) : await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}

async function migrateJobs(database: Database): Promise<void> {
  const boss = new PgBoss({ ...database.boss, supervise: false, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  await boss.stop({ graceful: false });
}
