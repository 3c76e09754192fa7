import type { EmscriptenBuiltinFilesystem } from "@electric-sql/pglite/basefs";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type Init = EmscriptenBuiltinFilesystem["init"];

/** The functions of the embedded database's file system that create files and set modes. */
type Files = {
  mknod(path: string, mode: number, device: number): unknown;
  doChmod(stream: unknown, node: unknown, mode: number, dontFollow?: boolean): unknown;
};

const OTHERS = 0o077;

/**
 * Makes all files of the embedded database accessible to their owner only. PGlite creates files with mode 0666
 * and sets it again afterwards, so a umask has no effect. It has no option for the mode, so we patch both
 * functions.
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

/** Creates the folder, or removes access for others that an earlier version left open. */
export async function closeToOthers(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await Deno.stat(folder);
  if (mode === null || (mode & OTHERS) === 0) return;
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await closeToOthers(path);
    else if (isFile) await Deno.chmod(path, 0o600);
  }
  // Last, because a closed folder means that its content is done.
  await Deno.chmod(folder, 0o700);
}
