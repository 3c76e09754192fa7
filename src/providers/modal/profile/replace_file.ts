import { dirname, resolve } from "node:path";

/** What of the disk a test replaces, to fail or to write in between. */
export type Disk = Pick<typeof Deno, "open" | "readFile" | "rename">;

/** A write takes milliseconds: whoever holds the file for 10 s is stuck, and the caller should hear of it. */
const LOCK_TRIES = 400;
const LOCK_PAUSE_MILLISECONDS = 25;

/**
 * Afterwards `path` holds `edit(what it held)` with mode 0600, and a reader sees the old text or the new,
 * never a part. An absent file counts as empty; a link stays a link and what it points to is replaced.
 *
 * The one other name used is `<file>.new` in the file's folder, lock and draft at once: it is locked by the
 * kernel (`flock`), so the lock of a killed process is gone with it and the next writer takes the draft over.
 * Two writers that use this function never lose each other's text. One that does not is noticed up to the
 * moment before the rename, and `edit` runs again on its text; in the instant after, the last one wins.
 *
 * Whatever `edit` throws is thrown, as are `Deno.errors.*`: `Busy` after 10 s of waiting, `InvalidData` if
 * the file is not UTF-8 or not a regular file. The file is then untouched and the draft removed.
 * Not kept: the owner, when it is not the one who runs this, and hard links.
 */
export async function replaceFile(
  path: string,
  edit: (text: string) => string,
  disk: Disk = Deno,
): Promise<void> {
  const target = await behindLinks(path);
  if ((await ifThere(Deno.stat(target)))?.isFile === false) {
    throw new Deno.errors.InvalidData("it is not a regular file");
  }
  const draftPath = `${target}.new`;
  using draft = await lockedDraft(draftPath, disk);
  try {
    for (let old = await read(target, disk), now: string;; old = now) {
      await overwrite(draft, edit(old));
      now = await read(target, disk);
      if (now === old) break;
    }
    await disk.rename(draftPath, target);
  } catch (error) {
    await ifThere(Deno.remove(draftPath));
    throw error;
  }
}

async function behindLinks(path: string): Promise<string> {
  const real = await ifThere(Deno.realPath(path));
  if (real !== undefined) return real;
  if (!(await ifThere(Deno.lstat(path)))?.isSymlink) return path;
  return behindLinks(resolve(dirname(path), await Deno.readLink(path)));
}

/** The draft, ours alone until it is closed: nobody but its holder renames or removes it. */
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
  const there = await ifThere(Deno.lstat(path));
  if (there && !there.isFile) throw new Deno.errors.InvalidData(`${path} is in the way`);
  return ifThere(disk.open(path, { write: true }));
}

/**
 * Whether the file that we locked is still the one of that name: its last holder may have renamed it to the
 * real file meanwhile. One that others can read is no draft of ours and goes away.
 */
async function isDraft(file: Deno.FsFile, path: string): Promise<boolean> {
  const [held, named] = [await file.stat(), await ifThere(Deno.lstat(path))];
  if (!named?.isFile || held.ino !== named.ino || held.dev !== named.dev) return false;
  if (held.mode === null || (held.mode & 0o777) === 0o600) return true;
  await Deno.remove(path);
  return false;
}

async function overwrite(file: Deno.FsFile, text: string): Promise<void> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.sync();
}

async function read(path: string, disk: Disk): Promise<string> {
  const bytes = await ifThere(disk.readFile(path)) ?? new Uint8Array();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Deno.errors.InvalidData("it is not UTF-8 text");
  }
}

function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
}
