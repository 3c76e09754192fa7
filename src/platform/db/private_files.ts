import type { EmscriptenBuiltinFilesystem } from "@electric-sql/pglite/basefs";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type Init = EmscriptenBuiltinFilesystem["init"];

/** What the embedded database's own file system makes and changes files by. */
type Files = {
  mknod(path: string, mode: number, device: number): unknown;
  doChmod(stream: unknown, node: unknown, mode: number, dontFollow?: boolean): unknown;
};

const OTHERS = 0o077;

/**
 * A folder for the embedded database, of which every file and folder is its owner's alone. By itself the database makes
 * them for all (0666), and sets that anew on each file it has made, so that no umask helps. Both ways are closed
 * inside it, for it takes no mode from outside.
 */
export class PrivateFolder extends NodeFS {
  override init(...[pglite, options]: Parameters<Init>): ReturnType<Init> {
    const close = ({ FS }: { FS: Files }) => {
      const { mknod, doChmod } = FS;
      FS.mknod = (path, mode, device) => mknod(path, mode & ~OTHERS, device);
      FS.doChmod = (stream, node, mode, dontFollow) => doChmod(stream, node, mode & ~OTHERS, dontFollow);
    };
    return super.init(pglite, { ...options, preRun: [...options.preRun ?? [], close] });
  }
}

/** Makes the folder, or takes from others what an earlier version left open to them in it. */
export async function closeToOthers(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await Deno.stat(folder);
  if (mode === null || (mode & OTHERS) === 0) return;
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await closeToOthers(path);
    else if (isFile) await Deno.chmod(path, 0o600);
  }
  // Last, for it says that all inside has been seen to.
  await Deno.chmod(folder, 0o700);
}
