import {
  FolderOutOfReach,
  readIfThere,
  readServer,
  type RunningServer,
  serverLock,
  tryLock,
} from "../client/operator/running_server.ts";
import { parseRootSecret, ROOT_SECRET_BYTES } from "../platform/keys/root_key.ts";
import { randomBytes } from "../lib/crypto.ts";
import { Secret } from "../lib/secret.ts";
import { sleep } from "../lib/sleep.ts";

/** `DATA_DIR`: the server's files outside a Postgres database. Only their owner can read them. */
export type DataDir = {
  readonly path: string;
  /** Folder of the embedded database. */
  readonly database: string;
  /** File with the token of the operator that `dev` creates. */
  readonly operatorToken: string;
  /** File in which the running server writes its address. */
  readonly server: string;
};

export function dataDir(path: string): DataDir {
  return {
    path,
    database: `${path}/database`,
    operatorToken: `${path}/operator-token`,
    server: `${path}/server.json`,
  };
}

/** A problem with `DATA_DIR` that the user must solve before the server can start. */
export class DataDirProblem extends Error {
  override readonly name = "DataDirProblem";
}

/** Creates the folder if it does not exist, with mode 0700. Throws `FolderOutOfReach`. */
export async function makeDataDir({ path }: DataDir): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
    throw error instanceof Deno.errors.NotCapable ? new FolderOutOfReach(path) : error;
  });
}

/**
 * Creates the folder if it does not exist, sets mode 0700, and locks it until the result is disposed.
 *
 * @throws FolderOutOfReach if this process may not write there
 * @throws DataDirProblem if another process holds it, or it is not writable
 */
export async function holdDataDir(dir: DataDir): Promise<Disposable> {
  try {
    await makeDataDir(dir);
    await closeFolder(dir.path);
    const lock = await tryLock(`${dir.path}/lock`);
    if (lock) return lock;
  } catch (error) {
    if (error instanceof DataDirProblem || error instanceof FolderOutOfReach) throw error;
    if (error instanceof Deno.errors.NotCapable) throw new FolderOutOfReach(dir.path);
    throw new DataDirProblem(`Cannot use ${dir.path}: ${error instanceof Error ? error.message : error}`);
  }
  const holder = await readServer(dir.path);
  const who = holder ? `process ${holder.pid} (${holder.url})` : "another process";
  throw new DataDirProblem(
    `Cannot start: ${who} uses ${dir.path}. Stop it, or set DATA_DIR to another folder`,
  );
}

/**
 * Returns the root secret of the embedded database. The first start creates it (mode 0600). Throws
 * `DataDirProblem` if the file is invalid.
 */
export async function readOrMakeRootSecret(dir: DataDir): Promise<Secret<Uint8Array<ArrayBuffer>>> {
  const path = `${dir.path}/secret`;
  const existing = await readIfThere(path);
  if (existing === undefined) {
    const secret = randomBytes(ROOT_SECRET_BYTES);
    await writePrivately(path, `${secret.toHex()}\n`);
    return new Secret(secret);
  }
  const secret = parseRootSecret(existing.trim());
  if (!secret) {
    throw new DataDirProblem(`Cannot start: ${path} does not contain a root secret. Restore the right file`);
  }
  return new Secret(secret);
}

/**
 * Removes access for other users. Rejects a folder that others can write, because they may have placed a root
 * secret or server file in it.
 */
async function closeFolder(path: string): Promise<void> {
  const { mode } = await Deno.stat(path);
  if (mode === null || (mode & 0o077) === 0) return;
  if ((mode & 0o022) !== 0) {
    throw new DataDirProblem(`Cannot start: others can write ${path}. Run: chmod go-w ${path}`);
  }
  await Deno.chmod(path, 0o700).catch((error) => {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new DataDirProblem(
      `Cannot start: ${path} belongs to another user, and others can read it. Set DATA_DIR to a folder of your own`,
    );
  });
}

/**
 * Writes the server's address into the folder until disposed. With Postgres several servers may share a folder;
 * the first one's address is written. Throws `FolderOutOfReach`.
 */
export async function announceServer(dir: DataDir, server: RunningServer): Promise<Disposable> {
  await makeDataDir(dir);
  let lock = await tryLock(serverLock(dir.path));
  // A command that checks for a running server holds the lock for a moment.
  for (let tries = 0; !lock && tries < 3; tries++) {
    lock = await sleep(50).then(() => tryLock(serverLock(dir.path)));
  }
  if (!lock) return { [Symbol.dispose]: () => {} };
  const held = lock;
  await writePrivately(dir.server, `${JSON.stringify(server)}\n`);
  return {
    [Symbol.dispose]: () => {
      try {
        Deno.removeSync(dir.server);
      } catch {
        // The file was already deleted.
      }
      held[Symbol.dispose]();
    },
  };
}

/** Writes a file with mode 0600 atomically. */
export async function writePrivately(path: string, content: string): Promise<void> {
  await writeNew(`${path}.new`, content).catch(async (error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    await Deno.remove(`${path}.new`);
    await writeNew(`${path}.new`, content);
  });
  await Deno.rename(`${path}.new`, path);
}

async function writeNew(path: string, content: string): Promise<void> {
  await Deno.writeTextFile(path, content, { mode: 0o600, createNew: true });
}
