import { type Config, readConfig } from "../config.ts";
import { ConfigProblems } from "../platform/config/problems.ts";
import { graphql } from "../client/operator/graphql.ts";
import { readServer } from "../client/operator/running_server.ts";
import { type DataDir, dataDir, DataDirProblem, holdDataDir } from "./data_dir.ts";
import { connect } from "./access.ts";
import { print } from "./print.ts";
import { keyring } from "./keyring.ts";
import { checkRootKey } from "../platform/keys/root_key_guard.ts";
import type { Database } from "../platform/db/database.ts";
import { schemaStatus } from "../platform/db/migrate.ts";
import { openDatabase } from "../platform/db/open_database.ts";
import { reachMailer } from "../accounts/mail/mail_check.ts";
import { configuredMailer } from "../platform/mail/mailer.ts";
import { PROVIDERS } from "../providers/providers.ts";
import type { Check } from "../operations/health/server.ts";
import { sql } from "kysely";

/** Maximum clock difference; beyond it tokens may seem expired or not yet valid. */
const MOST_CLOCK_SECONDS = 5;

/**
 * `doctor`: checks everything the server needs and prints the remedy for each problem; the exit code is then 1.
 * If a server runs on this folder, it checks the external systems; otherwise this process does, as configured
 * in this shell.
 */
export async function doctor(): Promise<void> {
  const checks = await examine();
  for (const { ok, name, message } of checks) {
    print(`${ok ? "ok  " : "FAIL"}  ${name.padEnd(14)}  ${message}`);
  }
  if (checks.some((check) => !check.ok)) Deno.exitCode = 1;
}

async function examine(): Promise<Check[]> {
  let config: Config;
  try {
    config = readConfig((name) => Deno.env.get(name));
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error;
    return error.problems.map((message) => ({ name: "configuration", ok: false, message }));
  }
  const dir = dataDir(config.DATA_DIR);
  return [
    { name: "configuration", ok: true, message: "All variables are valid" },
    ...await examineFiles(dir),
    ...await examineDatabase(config, dir),
    ...await readServer(dir.path) ? await askServer() : await examineOutside(config),
  ];
}

const Health = graphql(`query Health { serverHealth { checks { name ok message } } }`);

/** Asks the running server, because it knows its own configuration and emulators. */
async function askServer(): Promise<Check[]> {
  try {
    const { serverHealth } = await (await connect()).request(Health, {});
    // The database has already been checked.
    const outside = [...PROVIDERS.map(({ label }) => label), "mail"];
    return serverHealth.checks.filter(({ name }) => outside.includes(name));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ name: "server", ok: false, message: `Cannot check external systems: ${message}` }];
  }
}

/** Checks the external systems as configured in this shell. */
async function examineOutside(config: Config): Promise<Check[]> {
  const checks: Check[] = [];
  for (const provider of PROVIDERS) checks.push(await provider.examine(config));
  return [...checks, await examineMailServer(config)];
}

/** Checks that only the owner can access files with secrets. */
async function examineFiles(dir: DataDir): Promise<Check[]> {
  const checks: Check[] = [];
  for (const path of [dir.path, `${dir.path}/secret`, dir.operatorToken]) {
    const mode = await Deno.stat(path).then((info) => info.mode, () => undefined);
    if (mode == null) continue;
    const open = (mode & 0o077) !== 0;
    const message = open
      ? `${path} can be accessed by other users: chmod go-rwx ${path}`
      : `${path} is accessible only by its owner`;
    checks.push({ name: "file modes", ok: !open, message });
  }
  return checks;
}

async function examineDatabase(config: Config, dir: DataDir): Promise<Check[]> {
  let lock: Disposable | undefined;
  try {
    if (!config.DATABASE_URL) {
      const exists = await Deno.stat(dir.database).then(() => true, () => false);
      if (!exists) {
        return [{
          name: "database",
          ok: true,
          message: `Not created yet: the first start creates it in ${dir.database}`,
        }];
      }
      lock = await holdDataDir(dir);
    }
    const database = await openDatabase(config, dir.database);
    try {
      return [...await examineOpened(database), await examineRootSecret(config, dir, database)];
    } finally {
      await database.close();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const server = error instanceof DataDirProblem ? await readServer(dir.path) : undefined;
    if (server) return [await examineRunning(server.url)];
    const advice = config.DATABASE_URL ? ": check DATABASE_URL and whether Postgres is running" : "";
    return [{ name: "database", ok: false, message: `${message}${advice}` }];
  } finally {
    lock?.[Symbol.dispose]();
  }
}

async function examineOpened(database: Database): Promise<Check[]> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(database.db);
  const off = Math.abs((rows[0]?.now.getTime() ?? 0) - Date.now()) / 1000;
  const { pending, unknown } = await schemaStatus(database.db);
  const behind = pending.length > 0 && database.kind === "postgres";
  return [
    { name: "database", ok: true, message: await database.version() },
    {
      name: "migrations",
      ok: !behind && unknown.length === 0,
      message: unknown.length
        ? `Newer than this Sallyport (${unknown.join(", ")}): run the newer version`
        : behind
        ? `Behind (${pending.join(", ")}): run \`deno task migrate\``
        : pending.length
        ? "Behind: the next start migrates it"
        : "Current",
    },
    {
      name: "clock",
      ok: off <= MOST_CLOCK_SECONDS,
      message: off <= MOST_CLOCK_SECONDS
        ? "Matches the database's clock"
        : `Differs by ${off.toFixed(0)} s from the database's clock: synchronise both with NTP`,
    },
  ];
}

/** Checks that the root secret matches the database. */
async function examineRootSecret(config: Config, dir: DataDir, database: Database): Promise<Check> {
  const name = "root secret";
  try {
    const keys = await keyring(config, dir);
    const { pending } = await schemaStatus(database.db);
    if (pending.length === 0) await checkRootKey(database.db, keys);
    return { name, ok: true, message: "Matches this database" };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Asks the running server, which holds the embedded database. */
async function examineRunning(url: string): Promise<Check> {
  try {
    const response = await fetch(new URL("/readyz", url));
    const { checks } = await response.json() as { checks: Check[] };
    const wrong = checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.message}`);
    return {
      name: "database",
      ok: response.ok,
      message: wrong.join("; ") || `In use by the server at ${url}, which is ready`,
    };
  } catch {
    return {
      name: "database",
      ok: false,
      message: `In use by a process that does not answer at ${url}: stop it`,
    };
  }
}

async function examineMailServer(config: Config): Promise<Check> {
  const mailer = configuredMailer(config);
  if (!mailer) return { name: "mail", ok: true, message: "Not configured: the server cannot send mail" };
  try {
    return { name: "mail", ...await reachMailer(mailer) };
  } finally {
    await mailer.close();
  }
}
