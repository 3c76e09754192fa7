import assert from "node:assert/strict";
import { pgliteTemplate } from "./databases.ts";
import { eventually } from "./eventually.ts";

/** Real processes with the command lines and permissions of the tasks in `deno.json`. */
const ROOT = new URL("../../", import.meta.url).pathname;

export type Env = Record<string, string>;

export type Finished = { code: number; out: string; err: string };

/** A folder for `DATA_DIR` that the server's permissions allow, and a home folder. Disposal deletes both. */
export async function workspace(): Promise<AsyncDisposable & { dir: string; home: string; env: Env }> {
  const dir = `.data/test-${crypto.randomUUID()}`;
  const home = await Deno.makeTempDir({ prefix: "sallyport-home-" });
  return {
    dir: `${ROOT}${dir}`,
    home,
    env: { DATA_DIR: dir, HOME: home },
    [Symbol.asyncDispose]: async () => {
      await Deno.remove(home, { recursive: true });
      await Deno.remove(`${ROOT}${dir}`, { recursive: true }).catch(() => {});
    },
  };
}

/**
 * At each start Deno checks `node_modules`, which takes longer than the rest of a short command. The tests skip it. The
 * tests of the documentation and of `data_dir_elsewhere.test.ts` run the tasks with it.
 */
export const UNCHECKED_PACKAGES = "--node-modules-dir=manual";

/** The arguments of a task's Deno command, with the folders in `env`. */
export async function taskLine(task: string, env: Env): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const line = /\bdeno (run .*)$/.exec(tasks[task].command)?.[1] ?? assert.fail(`no task ${task}`);
  const variables: Env = { ...env, DATA_DIR: env["DATA_DIR"] || ".data" };
  const [run = "", ...words] = line.replaceAll('"', "").split(" ").map((word) =>
    word.replaceAll(/\$(\w+)/g, (_, name) => variables[name] ?? "")
  );
  return [run, UNCHECKED_PACKAGES, ...words.filter((word) => word !== UNCHECKED_PACKAGES)];
}

let cache: Promise<string> | undefined;

/** Deno's cache, which by default is in the home folder that the tests replace. */
function denoDir(): Promise<string> {
  return cache ??= new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()
    .then(({ stdout }) => JSON.parse(new TextDecoder().decode(stdout)).denoDir);
}

/** Runs one of our commands to its end, without a terminal. */
export async function run(args: string[], env: Env, task = "sallyport"): Promise<Finished> {
  await using process = await start(args, env, task);
  return await process.finished;
}

/** A running command. Disposal ends it. */
export type Running = AsyncDisposable & {
  finished: Promise<Finished>;
  /** Its output so far. */
  out(): string;
  err(): string;
  kill(signal: Deno.Signal): void;
  /** Writes to its standard input, if it was started with a keyboard. */
  type(text: string): Promise<void>;
};

/** Runs a task's command directly, without `deno task`, so that signals reach it. */
export async function start(
  args: string[],
  env: Env,
  task = "sallyport",
  stdin: "null" | "piped" = "null",
): Promise<Running> {
  return await startDeno([...await taskLine(task, env), ...args], env, stdin);
}

/** Runs Deno in this project, without the machine's environment. */
export async function startDeno(
  args: string[],
  env: Env,
  stdin: "null" | "piped" = "null",
): Promise<Running> {
  const process = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", DENO_DIR: await denoDir(), NO_COLOR: "1", ...env },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const keyboard = stdin === "piped" ? process.stdin.getWriter() : undefined;
  const [out, err] = [collect(process.stdout), collect(process.stderr)];
  let ended = false;
  const finished = Promise.all([process.status, out.all, err.all]).then(([{ code }]) => {
    ended = true;
    return { code, out: out.text(), err: err.text() };
  });
  return {
    finished,
    out: out.text,
    err: err.text,
    kill: (signal) => process.kill(signal),
    type: async (text) => await keyboard?.write(new TextEncoder().encode(text)),
    [Symbol.asyncDispose]: async () => {
      if (!ended) process.kill("SIGKILL");
      await finished;
      await keyboard?.close().catch(() => {});
    },
  };
}

function collect(stream: ReadableStream<Uint8Array>): { all: Promise<void>; text: () => string } {
  let text = "";
  const decoder = new TextDecoder();
  const all = (async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  })();
  return { all, text: () => text };
}

export type Server = Running & { url: string; dir: string; token(): Promise<string> };

/** A first start creates a database, which takes seconds, and many more on a busy machine. */
const START_SECONDS = 90;

/**
 * Starts a server with its task and waits until it is ready. An empty workspace gets a prepared database first, which
 * saves two seconds. Other tests cover the first start.
 */
export async function startServer(
  task: "dev" | "start",
  place: { dir: string; env: Env },
  env: Env = {},
): Promise<Server> {
  await prepareDatabase(place.dir);
  const running = await start([], { ...place.env, PORT: "0", ...env }, task);
  let over: Finished | undefined;
  void running.finished.then((finished) => over = finished);
  const { url } = await eventually("the server prints its URL", async () => {
    if (over) assert.fail(`it ended (${over.code}): ${over.out}${over.err}`);
    const said = await Deno.readTextFile(`${place.dir}/server.json`).catch(() => "");
    return said.endsWith("\n") && JSON.parse(said) as { url: string };
  }, START_SECONDS);
  return {
    ...running,
    url,
    dir: place.dir,
    token: () =>
      eventually(
        "the token",
        async () =>
          (await Deno.readTextFile(`${place.dir}/operator-token`).catch(() => "")).trim() || undefined,
        START_SECONDS,
      ),
  };
}

/** Gives an empty data folder a migrated database, unless it has one. */
export async function prepareDatabase(dir: string): Promise<void> {
  if (await Deno.stat(`${dir}/database`).catch(() => undefined)) return;
  await Deno.mkdir(`${dir}/database`, { recursive: true, mode: 0o700 });
  const unpack = new Deno.Command("tar", { args: ["-xf", await pgliteTemplate(), "-C", `${dir}/database`] });
  const { success, stderr } = await unpack.output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
