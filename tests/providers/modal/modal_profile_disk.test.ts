import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "smol-toml";
import { writeModalProfile } from "../../../src/providers/modal/profile/modal_profile.ts";
import { acme, folder, refused, script } from "../../support/modal_home.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const disk = { open: Deno.open, readFile: Deno.readFile, rename: Deno.rename };

Deno.test("R38: the file gets mode 0600, links are kept, and no draft is left", async () => {
  await using home = await folder("# mine\n");
  await Deno.chmod(home.path, 0o644);
  await Deno.rename(home.path, join(home.dir, "real"));
  await Deno.symlink("real", home.path);
  await writeModalProfile({ ...acme, path: home.path });
  assert.equal(await Deno.readLink(home.path), "real");
  assert.match(await home.text(), /^# mine\n\n\[acme\]/);
  assert.equal(await home.mode(join(home.dir, "real")), 0o600);

  await Deno.remove(join(home.dir, "real"));
  await writeModalProfile({ ...acme, path: home.path });
  assert.match(await Deno.readTextFile(join(home.dir, "real")), /^\[acme\]/);
  assert.deepEqual(home.names(), [".modal.toml", "real"]);
});

Deno.test("R38: a failure before the rename leaves the old file and no draft", async () => {
  await using home = await folder("[b]\n");
  const seen: unknown[] = [];
  const open: typeof Deno.open = async (...call) => {
    const file = await Deno.open(...call);
    const sync = file.sync.bind(file);
    file.sync = () => sync().then(() => void seen.push("synced"));
    return file;
  };
  const rename = async (from: string | URL) => {
    seen.push(await home.mode(String(from)), (await Deno.readTextFile(from)).includes("as-1"));
    throw new Deno.errors.PermissionDenied("no");
  };
  const write = writeModalProfile({ ...acme, path: home.path }, { ...disk, open, rename });
  await assert.rejects(write, refused(home.path, /does not allow it/));
  assert.deepEqual(seen, ["synced", 0o600, true]);
  assert.equal(await home.text(), "[b]\n");
  assert.deepEqual(home.names(), [".modal.toml"]);
});

Deno.test("R38: a draft that another writer renamed to the file is not used", async () => {
  await using home = await folder("[old]\n");
  const draft = `${home.path}.new`;
  await Deno.writeTextFile(draft, "[theirs]\n", { mode: 0o600 });
  const open: typeof Deno.open = async (path, options) => {
    const file = await Deno.open(path, options);
    if (await home.text() === "[old]\n") {
      await Deno.rename(draft, home.path);
      await Deno.writeTextFile(draft, "", { mode: 0o600 });
    }
    return file;
  };
  await writeModalProfile({ ...acme, path: home.path }, { ...disk, open });
  assert.deepEqual(Object.keys(parse(await home.text())), ["theirs", "acme"]);
});

Deno.test("R38: a writer killed before the rename leaves the old file, and the next writer continues", async () => {
  await using home = await folder("[b]\n");
  const killed = await script(
    `const rename = () => { Deno.kill(Deno.pid, "SIGKILL"); return Promise.reject(); };
     const path = ${JSON.stringify(home.path)};
     await writeModalProfile({ ...profile, path, profile: "k" }, { ...Deno, rename });`,
    "-A",
  );
  assert.equal(killed.signal, "SIGKILL");
  assert.equal(await home.text(), "[b]\n");
  assert.equal(await home.mode(`${home.path}.new`), 0o600);

  await writeModalProfile({ ...acme, path: home.path });
  assert.deepEqual(Object.keys(parse(await home.text())), ["b", "acme"]);
  assert.deepEqual(home.names(), [".modal.toml"]);
});

Deno.test("R38: a draft that others can read is not used", async () => {
  await using home = await folder();
  await Deno.writeTextFile(`${home.path}.new`, "old", { mode: 0o644 });
  using watching = await Deno.open(`${home.path}.new`);
  await writeModalProfile({ ...acme, path: home.path });
  assert.equal(await home.mode(), 0o600);
  assert.equal(await new Response(watching.readable).text(), "old");
});

Deno.test("R38: a change by a program without the lock is merged", async () => {
  await using home = await folder("[a-profile-of-ours-with-a-long-name]\n");
  let reads = 0;
  const readFile: typeof Deno.readFile = async (path) => {
    const bytes = await Deno.readFile(path);
    if (++reads === 1) await Deno.writeTextFile(path, "[modal]\n");
    return bytes;
  };
  await writeModalProfile({ ...acme, path: home.path }, { ...disk, readFile });
  assert.deepEqual(Object.keys(parse(await home.text())), ["modal", "acme"]);
});

Deno.test("R38: twenty parallel writers with permission for two files lose no changes", async () => {
  await using home = await folder("# mine\n");
  const names = `${home.path},${home.path}.new`;
  const all = await Promise.all([0, 1, 2, 3].map((process) =>
    script(
      `const path = ${JSON.stringify(home.path)}, names = [0, 1, 2, 3, 4].map((n) => \`p${process}-\${n}\`);
       await Promise.all(names.map((name) => writeModalProfile({ ...profile, path, profile: name })));`,
      `--allow-read=${names}`,
      `--allow-write=${names}`,
    )
  ));
  for (const { success, stderr } of all) assert.ok(success, new TextDecoder().decode(stderr));
  const profiles = Object.entries(parse(await home.text()));
  const wanted = [0, 1, 2, 3].flatMap((process) => [0, 1, 2, 3, 4].map((n) => `p${process}-${n}`));
  assert.deepEqual(profiles.map(([name]) => name).sort(), wanted);
  assert.equal(profiles.filter(([, keys]) => (keys as { active?: boolean }).active).length, 1);
  assert.deepEqual(home.names(), [".modal.toml"]);
});

Deno.test("R38: without permission the error names the files", async () => {
  await using home = await folder();
  const flags = [`--allow-read=${home.path}`, `--allow-write=${home.path}`];
  const { stdout } = await script(
    `await writeModalProfile({ ...profile, path: ${JSON.stringify(home.path)}, profile: "p" })
       .catch((error) => console.log(error.message));`,
    ...flags,
  );
  assert.match(
    new TextDecoder().decode(stdout),
    /not permitted to read and write \.modal\.toml and \.modal\.toml\.new /,
  );
});
