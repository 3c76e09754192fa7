import { dirname, resolve } from "node:path";

/** File operations that tests replace to fail or to write in between. */
export type Disk = Pick<typeof Deno, "open" | "readFile" | "rename">;

/** A write takes milliseconds. A writer that holds the lock for 10 s is stuck, and the caller gets an error. */
const LOCK_TRIES = 400;
const LOCK_PAUSE_MILLISECONDS = 25;

/**
 * Replaces the text of `path` with `edit(text)`, with mode 0600. Readers see the old text or the new one, never a
 * part. A missing file counts as empty. If `path` is a link, its target is replaced and the link stays. Hard links
 * are not preserved, and the owner becomes the current user.
 *
 * `<file>.new` in the same folder is both the lock and the draft. The kernel locks it (`flock`), so a killed process
 * releases its lock and the next writer reuses the draft. Writers that use this function never lose each other's
 * changes. A change by another program is detected until just before the rename, and `edit` then runs again on the
 * new text; after that the last writer wins.
 *
 * On any error the file is unchanged and the draft is removed.
 *
 * @throws the errors of `edit`.
 * @throws Deno.errors.Busy after 10 s of waiting for the lock.
 * @throws Deno.errors.InvalidData if the file is not UTF-8 or not a regular file.
 * @throws other Deno.errors.* of the file system.
 */
export async function replaceFile(
  path: string,
  edit: (text: string) => string,
  disk: Disk = Deno,
): Promise<void> {
  const target = await resolveLinks(path);
  if ((await ifExists(Deno.stat(target)))?.isFile === false) {
    throw new Deno.errors.InvalidData("it is not a regular file");
  }
  const draftPath = `${target}.new`;
  using draft = await lockedDraft(draftPath, disk);
  try {
    for (let old = await read(target, disk), now: string;; old = now) {
      await writeText(draft, edit(old));
      now = await read(target, disk);
      if (now === old) break;
    }
    await disk.rename(draftPath, target);
  } catch (error) {
    await ifExists(Deno.remove(draftPath));
    throw error;
  }
}

async function resolveLinks(path: string): Promise<string> {
  const real = await ifExists(Deno.realPath(path));
  if (real !== undefined) return real;
  if (!(await ifExists(Deno.lstat(path)))?.isSymlink) return path;
  return resolveLinks(resolve(dirname(path), await Deno.readLink(path)));
}

/** Opens and locks the draft. Until it is closed, no other writer renames or removes it. */
async function lockedDraft(path: string, disk: Disk): Promise<Deno.FsFile> {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const file = await openDraft(path, disk);
    if (file) {
      if (await file.tryLock(true) && await isDraft(file, path)) return file;
      file.close();
    }
    await new Promise((resume) => setTimeout(resume, LOCK_PAUSE_MILLISECONDS));
  }
  throw new Deno.errors.Busy(`another program is writing ${path}`);
}

async function openDraft(path: string, disk: Disk): Promise<Deno.FsFile | undefined> {
  try {
    return await disk.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const existing = await ifExists(Deno.lstat(path));
  if (existing && !existing.isFile) throw new Deno.errors.InvalidData(`${path} is in the way`);
  return ifExists(disk.open(path, { write: true }));
}

/**
 * Whether the locked file still has that name: its last holder may have renamed it to the real file meanwhile. A file
 * that others can read is not one of our drafts; it is removed.
 */
async function isDraft(file: Deno.FsFile, path: string): Promise<boolean> {
  const [locked, named] = [await file.stat(), await ifExists(Deno.lstat(path))];
  if (!named?.isFile || locked.ino !== named.ino || locked.dev !== named.dev) return false;
  if (locked.mode === null || (locked.mode & 0o777) === 0o600) return true;
  await Deno.remove(path);
  return false;
}

async function writeText(file: Deno.FsFile, text: string): Promise<void> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.sync();
}

async function read(path: string, disk: Disk): Promise<string> {
  const bytes = await ifExists(disk.readFile(path)) ?? new Uint8Array();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Deno.errors.InvalidData("it is not UTF-8 text");
  }
}

function ifExists<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
}
