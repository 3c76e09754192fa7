import assert from "node:assert/strict";
import { CLIENT_VARIABLES } from "../../src/client/operator/variables.ts";
import { VARIABLES } from "../../src/config.ts";
import { type Env, taskLine } from "../support/processes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

type PermissionSet = Partial<
  Record<"net" | "read" | "write" | "env" | "run" | "ffi" | "sys", true | string[]>
>;

async function sets(): Promise<Record<"server" | "terminal", PermissionSet>> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)).permissions;
}

Deno.test("the server's permissions are the network, and otherwise only named files, libraries and variables", async () => {
  const { env: _, ...server } = (await sets()).server;
  assert.deepEqual(server, {
    net: true,
    // The hash library asks it which C library the system has.
    read: [".", "/usr/bin/ldd"],
    // Native code: the hash library, and nothing from outside the dependencies.
    ffi: ["node_modules"],
    write: [".data"],
  });
});

Deno.test("the terminal reaches a server, this folder and a browser, and runs no native code", async () => {
  const { terminal } = await sets();
  const { env, ...others } = terminal;
  assert.deepEqual(others, { net: true, read: ["."], write: [".data"], run: ["xdg-open", "open"] });
  const secrets = (env as string[]).filter((name) => /SECRET|PASSWORD|DATABASE|MODAL|GOOGLE|SMTP/.test(name));
  assert.deepEqual(secrets, []);
});

Deno.test("only the tasks of the tests have all permissions", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
    tasks: Record<string, { command: string }>;
  };
  for (const [name, { command }] of Object.entries(tasks)) {
    if (/tests\//.test(command)) continue;
    assert.doesNotMatch(
      command,
      /(^|\s)(-A|--allow-all|--allow-(read|write|env|run|ffi|sys|net))(\s|$)/,
      name,
    );
  }
  // What is not granted is denied: on a terminal, Deno would ask a person who cannot know.
  for (const [name, { command }] of Object.entries(tasks)) {
    if (/-P=/.test(command)) assert.match(command, /-P=\w+ --no-prompt /, name);
  }
  assert.doesNotMatch(tasks["start"]?.command ?? "", /emulate|development/);
});

/** What a program may do that is started as the task is. */
async function granted(
  task: string,
  asked: Deno.PermissionDescriptor[],
  env: Env = {},
): Promise<boolean[]> {
  const flags = await flagsOf(task, { HOME: "/home/user", ...env });
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `const asked = ${JSON.stringify(asked)};
     const states = await Promise.all(asked.map((each) => Deno.permissions.query(each)));
     console.log(JSON.stringify(states.map(({ state }) => state === "granted")));`,
  );
  const command = new Deno.Command(Deno.execPath(), {
    args: [...flags, `--config=${ROOT}deno.json`, file],
    cwd: ROOT,
    stderr: "null",
  });
  const { stdout } = await command.output().finally(() => Deno.remove(file));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** A task's line up to its program. */
async function flagsOf(task: string, env: Env): Promise<string[]> {
  const line = await taskLine(task, env);
  return line.slice(0, line.findIndex((word) => word.endsWith("/main.ts")));
}

Deno.test("Deno limits each task to the permissions of its set", async () => {
  const refused: Deno.PermissionDescriptor[] = [
    { name: "read", path: "/etc/passwd" },
    { name: "read", path: "/home/user/.ssh/id_ed25519" },
    { name: "write", path: "/tmp/x" },
    { name: "write", path: `${ROOT}src/main.ts` },
    { name: "write", path: "/home/user/.bashrc" },
    { name: "env" },
    { name: "env", variable: "AWS_SECRET_ACCESS_KEY" },
    { name: "env", variable: "LD_PRELOAD" },
    { name: "run" },
    { name: "run", command: "sh" },
    { name: "ffi" },
    { name: "sys" },
    { name: "sys", kind: "hostname" },
  ];
  const allowed: Deno.PermissionDescriptor[] = [
    { name: "net" },
    { name: "read", path: `${ROOT}deno.json` },
    { name: "write", path: `${ROOT}.data/database` },
    { name: "env", variable: "SALLYPORT_SECRET" },
  ];
  const modal: Deno.PermissionDescriptor[] = [
    { name: "read", path: "/home/user/.modal.toml" },
    { name: "write", path: "/home/user/.modal.toml" },
    { name: "write", path: "/home/user/.modal.toml.new" },
  ];
  for (const task of ["dev", "start", "migrate", "sallyport"]) {
    assert.deepEqual(await granted(task, refused), refused.map(() => false), task);
    assert.deepEqual(await granted(task, allowed), allowed.map(() => true), task);
    assert.deepEqual(await granted(task, modal), modal.map(() => task === "sallyport"), task);
  }
  const browser: Deno.PermissionDescriptor[] = [{ name: "run", command: "xdg-open" }];
  assert.deepEqual(await granted("start", browser), [false]);
  assert.deepEqual(await granted("sallyport", browser), [true]);
});

Deno.test("a task may write the folder that DATA_DIR names, and no other", async () => {
  const asked: Deno.PermissionDescriptor[] = [
    { name: "read", path: "/srv/sallyport/server.json" },
    { name: "write", path: "/srv/sallyport/database" },
    { name: "write", path: "/srv/other" },
    { name: "write", path: `${ROOT}.data/database` },
  ];
  for (const task of ["dev", "start", "migrate", "sallyport", "tui"]) {
    const elsewhere = await granted(task, asked, { DATA_DIR: "/srv/sallyport" });
    assert.deepEqual(elsewhere, [true, true, false, false], task);
    for (const env of [{}, { DATA_DIR: "" }]) {
      assert.deepEqual(await granted(task, asked, env), [false, false, false, true], task);
    }
  }
});

Deno.test("Google's client works with the server's permissions, also behind a proxy", async () => {
  const flags = await flagsOf("start", { HOME: "/home/user" });
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { createGoogleClient } from "${ROOT}src/providers/google/api/google_client.ts";
     import { Secret } from "${ROOT}src/lib/secret.ts";
     const client = { clientId: "unknown", clientSecret: new Secret("nothing") };
     const google = createGoogleClient({ client });
     const token = ["{\\"alg\\":\\"RS256\\",\\"kid\\":\\"k\\"}", "{}", "x"].map((part) =>
       new TextEncoder().encode(part).toBase64({ alphabet: "base64url", omitPadding: true })).join(".");
     const asked = [google.refresh(new Secret("1//x")), google.verifyIdToken(token)];
     console.log(...await Promise.all(asked.map((each) => each.catch((error) => error.name))));
     google.close();`,
  );
  const command = new Deno.Command(Deno.execPath(), {
    args: [...flags, `--config=${ROOT}deno.json`, file],
    cwd: ROOT,
    env: { HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9", NO_PROXY: "", no_proxy: "" },
  });
  const { stdout, stderr } = await command.output().finally(() => Deno.remove(file));
  const said = new TextDecoder().decode(stdout);
  assert.equal(said, "GoogleUnreachable GoogleUnreachable\n", new TextDecoder().decode(stderr));
});

Deno.test("every variable the server reads is in its set, and the clients' in theirs", async () => {
  const { server, terminal } = await sets();
  const missing = ({ env }: PermissionSet, names: string[]) =>
    names.filter((name) => !(env as string[]).some((pattern) => covers(pattern, name)));
  assert.deepEqual(missing(server, [...Object.keys(VARIABLES), ...Object.keys(CLIENT_VARIABLES)]), []);
  assert.deepEqual(missing(terminal, [...Object.keys(CLIENT_VARIABLES), "DATA_DIR"]), []);
});

/** Whether an entry of a permission set names the variable; a star at its end stands for any rest. */
function covers(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
