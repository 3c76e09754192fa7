import assert from "node:assert/strict";
import { runCommand, startServer, temporaryFolder } from "../support/server_process.ts";

const ENV = { MODAL_SERVER_URL: "http://127.0.0.1:9" };

/** An unprivileged user. */
const NOBODY = 65534;

type Entry = { path: string; isDirectory: boolean };

async function* everythingIn(folder: string): AsyncGenerator<Entry> {
  yield { path: folder, isDirectory: true };
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* everythingIn(path);
    else yield { path, isDirectory };
  }
}

/** Lists the files that other users can access, and counts all files. */
async function openToOthers(folder: string): Promise<{ open: string[]; count: number }> {
  const open: string[] = [];
  let count = 0;
  for await (const { path } of everythingIn(folder)) {
    count++;
    const { mode } = await Deno.stat(path);
    if (((mode ?? 0) & 0o077) !== 0) open.push(`${((mode ?? 0) & 0o777).toString(8)} ${path}`);
  }
  return { open, count };
}

/** Whether another user of this machine can read it. Only root can test this. */
async function othersRead(path: string): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  const { success } = await new Deno.Command("head", {
    args: ["-c", "1", path],
    uid: NOBODY,
    gid: NOBODY,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** Runs `work` with umask 0. */
async function withoutUmask<T>(work: () => Promise<T>): Promise<T> {
  const before = Deno.umask(0);
  try {
    return await work();
  } finally {
    Deno.umask(before);
  }
}

async function serveOnce(folder: string): Promise<{ open: string[]; count: number }> {
  await using server = await startServer(folder, ENV);
  const found = await openToOthers(folder);
  server.signal("SIGTERM");
  assert.equal(await server.ended, 0);
  const after = await openToOthers(folder);
  return { open: [...found.open, ...after.open], count: after.count };
}

Deno.test("R57: with umask 0 and an accessible folder, only the owner can access files", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o755);
  await withoutUmask(async () => {
    const { open, count } = await serveOnce(folder.path);
    assert.deepEqual(open, []);
    assert.ok(count > 500);

    // The permissions that an earlier version left.
    for await (const { path, isDirectory } of everythingIn(`${folder.path}/database`)) {
      await Deno.chmod(path, isDirectory ? 0o777 : 0o666);
    }
    await Deno.chmod(folder.path, 0o755);
    const version = `${folder.path}/database/PG_VERSION`;
    assert.equal(await othersRead(version), Deno.uid() === 0);
    assert.deepEqual((await serveOnce(folder.path)).open, []);
    assert.equal(await othersRead(version), false);
    // The files stay private even if the folder is made accessible again.
    await Deno.chmod(folder.path, 0o755);
    await Deno.chmod(`${folder.path}/database`, 0o755);
    assert.equal(await othersRead(version), false);
  });
});

Deno.test("R57: a folder that others can write is refused with a clear error", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o770);
  const { code, output } = await runCommand(["serve"], folder.path, ENV);
  assert.equal(code, 1);
  assert.match(output, /^Cannot start: others can write .*\. Run: chmod go-w /);
});
