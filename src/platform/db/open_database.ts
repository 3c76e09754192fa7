import type { Config } from "../../config.ts";
import { type Database, openPglite, openPostgres } from "./database.ts";
import { migrate, schemaStatus } from "./migrate.ts";
import type { DatabaseObserver } from "./observed_dialect.ts";
import { checkDatabase } from "./session_settings.ts";

/** The schema is not the one this version needs; the message says what to do. */
export class WrongSchema extends Error {
  override readonly name = "WrongSchema";
}

/**
 * Opens the database that `config` names: Postgres, or the embedded one in `folder`. Throws `UnfitDatabase` when it
 * is one that we would give wrong answers on.
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
 * As `openDatabase`, for serving: the embedded database is brought up to date by itself; Postgres must be, or
 * `WrongSchema` is thrown. So is a schema that a newer Sallyport left, on either.
 */
export async function openServingDatabase(
  config: Config,
  folder: string,
  observe: DatabaseObserver,
): Promise<Database> {
  const database = await openDatabase(config, folder, observe);
  return await closedUnless(database, () => checkSchema(database));
}

/** The database, once it has passed; one that did not is closed. */
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
