import type { Config } from "../../config.ts";
import { type Database, openPglite, openPostgres } from "./database.ts";
import { migrate, schemaStatus } from "./migrate.ts";
import type { DatabaseObserver } from "./observed_dialect.ts";
import { checkDatabase } from "./session_settings.ts";
import { WrongSchema } from "./unfit_database.ts";

/**
 * Opens the configured database: Postgres, or the embedded one in `folder`. Throws `UnfitDatabase` if the
 * database would give wrong results.
 */
export async function openDatabase(
  config: Config,
  folder: string,
  observe?: DatabaseObserver,
): Promise<Database> {
  if (!config.DATABASE_URL) return await openPglite(folder, observe);
  const database = openPostgres(
    { url: config.DATABASE_URL.reveal(), maxConnections: config.DATABASE_CONNECTIONS },
    observe,
  );
  return await closedUnless(database, () => checkDatabase(database.db));
}

/**
 * Opens the database for the server. The embedded database is migrated automatically; Postgres must be migrated
 * before. Throws `WrongSchema` if it is not, or if a newer Sallyport has migrated either one.
 */
export async function openServingDatabase(
  config: Config,
  folder: string,
  observe: DatabaseObserver,
): Promise<Database> {
  const database = await openDatabase(config, folder, observe);
  return await closedUnless(database, () => checkSchema(database));
}

/** Returns the database if `pass` succeeds; otherwise closes it and throws. */
async function closedUnless(database: Database, pass: () => Promise<void>): Promise<Database> {
  try {
    await pass();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function checkSchema(database: Database): Promise<void> {
  const { pending, unknown } = await schemaStatus(database.db);
  if (unknown.length > 0) {
    throw new WrongSchema(
      `Cannot start: the database's schema is newer than this Sallyport (${
        unknown.join(", ")
      }). Run the newer version`,
    );
  }
  if (pending.length === 0) return;
  if (database.kind === "postgres") {
    throw new WrongSchema(
      `Cannot start: the database's schema is behind (${pending.join(", ")}). Run: deno task migrate`,
    );
  }
  await migrate(database);
}
