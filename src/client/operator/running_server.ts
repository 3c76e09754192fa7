import { clientVariable, dataFolder } from "./variables.ts";

/** How to reach the server that runs on this folder. */
export type RunningServer = {
  pid: number;
  url: string;
  /** Where the mail that it sends can be read, when mail is emulated. */
  inbox?: string;
  /** Where the emulated Google is, when Google is emulated. */
  google?: string;
};

/** Deno does not let this process use the folder that `DATA_DIR` names: it was started without its task. */
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
 * How a client reaches a server: the one that is `named`, or else the variables, or else what lies in `DATA_DIR`. The
 * token that lies there is for the server that runs there, and given to no other. Throws `FolderOutOfReach`, unless the
 * server is named.
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
 * What the server that runs on this folder said of itself. What a dead one left behind is not believed: whoever
 * took its port since would be handed an operator token. Throws `FolderOutOfReach`.
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

/** Locks a file until disposed or the process ends, however it ends; undefined when somebody else has it. */
export async function tryLock(path: string): Promise<Disposable | undefined> {
  const file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
  if (await file.tryLock(true)) return { [Symbol.dispose]: () => file.close() };
  file.close();
  return undefined;
}

/** Held for as long as the server runs whose `server.json` lies beside it. */
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
