import { clientVariable, dataFolder } from "./variables.ts";

/** The server that runs in a data folder, as its `server.json` describes it. */
export type RunningServer = {
  pid: number;
  url: string;
  /** The URL of the emulated inbox, if mail is emulated. */
  inbox?: string;
  /** The URL of the emulated Google, if Google is emulated. */
  google?: string;
};

/** Deno does not permit this process to use the folder in `DATA_DIR`: it was started without its task. */
export class FolderOutOfReach extends Error {
  override readonly name = "FolderOutOfReach";
  constructor(folder: string) {
    super(
      `Cannot use ${folder}: Deno does not let this process use it. ` +
        "Start it with `deno task`, which allows the folder that DATA_DIR names",
    );
  }
}

/**
 * Finds a server and its operator token: from `named`, then the environment, then `DATA_DIR`. The token in `DATA_DIR`
 * is returned only for the server that runs there. Throws `FolderOutOfReach`, unless the server is named.
 */
export async function findServer(
  named = clientVariable("SALLYPORT_URL"),
): Promise<{ url: string | undefined; token: string | undefined }> {
  const dataDir = dataFolder();
  const running = await readServer(dataDir).catch((error) => {
    if (!named || !(error instanceof FolderOutOfReach)) throw error;
    return undefined;
  });
  const url = named || running?.url;
  const isOwn = url !== undefined && url === running?.url;
  const ownToken = isOwn ? await readIfThere(`${dataDir}/operator-token`) : undefined;
  return { url, token: clientVariable("SALLYPORT_TOKEN") ?? ownToken?.trim() };
}

/**
 * The server that runs in this folder; undefined if none does. The `server.json` of a dead server is ignored: another
 * program may use its port, and would receive the operator token. Throws `FolderOutOfReach`.
 */
export async function readServer(dataDir: string): Promise<RunningServer | undefined> {
  try {
    const server = JSON.parse(await readIfThere(`${dataDir}/server.json`) ?? "") as RunningServer;
    using lock = await tryLock(serverLock(dataDir));
    return lock ? undefined : server;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw new FolderOutOfReach(dataDir);
    return undefined;
  }
}

/** Locks a file until disposal or the end of the process; undefined if another process holds the lock. */
export async function tryLock(path: string): Promise<Disposable | undefined> {
  const file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
  if (await file.tryLock(true)) return { [Symbol.dispose]: () => file.close() };
  file.close();
  return undefined;
}

/** The lock file that a server holds while it runs, beside its `server.json`. */
export function serverLock(dataDir: string): string {
  return `${dataDir}/server.lock`;
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
