import { readConfig } from "../config.ts";
import { dataDir, holdDataDir } from "./data_dir.ts";
import { migrate, schemaStatus } from "../platform/db/migrate.ts";
import { openDatabase } from "../platform/db/open_database.ts";
import { CommandFailed } from "./command.ts";
import { print } from "./print.ts";

/** `migrate up|status`, on the configured database. */
export async function migrateCommand(action: "up" | "status"): Promise<void> {
  const config = readConfig((name) => Deno.env.get(name));
  const dir = dataDir(config.DATA_DIR);
  using _lock = config.DATABASE_URL ? { [Symbol.dispose]() {} } : await holdDataDir(dir);
  const database = await openDatabase(config, dir.database);
  try {
    if (action === "up") await up(database);
    else await status(database);
  } finally {
    await database.close();
  }
}

async function up(database: Awaited<ReturnType<typeof openDatabase>>): Promise<void> {
  const { unknown } = await schemaStatus(database.db);
  if (unknown.length > 0) {
    throw new CommandFailed(
      `The schema is newer than this Sallyport (${unknown.join(", ")}): run the newer version`,
    );
  }
  const applied = await migrate(database);
  print(
    ...(applied.length > 0
      ? applied.map((name) => `Applied ${name}`)
      : ["Nothing to do: the schema is current"]),
  );
}

async function status(database: Awaited<ReturnType<typeof openDatabase>>): Promise<void> {
  const { applied, pending, unknown } = await schemaStatus(database.db);
  print(
    ...applied.map((name) => `applied  ${name}`),
    ...pending.map((name) => `pending  ${name}`),
    ...unknown.map((name) => `unknown  ${name}: from a newer Sallyport`),
  );
}
