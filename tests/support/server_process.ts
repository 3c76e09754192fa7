import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "../../src/client/operator/client.ts";
import { randomBytes } from "../../src/lib/crypto.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { createOperator } from "../../src/operations/operators/operators.ts";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { newPostgres, type TestDatabase } from "./databases.ts";
import { eventually, within } from "./eventually.ts";
import { UNCHECKED_PACKAGES } from "./processes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** `deno run -P=server src/main.ts …` in its own process and folder. */
export type CommandProcess = AsyncDisposable & {
  pid: number;
  /** Its output so far, on both streams. */
  output(): string;
  signal(signal: Deno.Signal): void;
  /** Resolves to its exit code. */
  ended: Promise<number>;
};

export type ServerProcess = CommandProcess & {
  url: string;
  client(token: string): Client;
  /** kill -9. */
  kill(): Promise<void>;
};

/** Only these environment variables are passed to processes of tests. */
const PASSED_ON = ["PATH", "HOME", "DENO_DIR"];

/** Runs a command, without the machine's environment. */
export function startCommand(args: string[], dataDir: string, env: Record<string, string>): CommandProcess {
  const paths = `.,/usr/bin/ldd,${dataDir}`;
  const permissions = ["-P=server", "--no-prompt", `--allow-read=${paths}`, `--allow-write=${dataDir}`];
  const inherited = PASSED_ON.flatMap((name) => [[name, Deno.env.get(name) ?? ""]]);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", UNCHECKED_PACKAGES, ...permissions, "src/main.ts", ...args],
    cwd: ROOT,
    clearEnv: true,
    env: {
      ...Object.fromEntries(inherited),
      DATA_DIR: dataDir,
      PORT: "0",
      NO_COLOR: "1",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
  };
  const ended = Promise.all([child.status, read(child.stdout), read(child.stderr)])
    .then(([status]) => status.code);
  let running = true;
  void child.status.then(() => running = false);
  return {
    pid: child.pid,
    output: () => output,
    signal: (signal) => child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      if (running) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A first start creates a database, which takes seconds, and many more on a busy machine. */
const START_SECONDS = 90;

/** Starts a server and waits until it serves. If it ends instead, fails with its output. */
export async function startServer(
  dataDir: string,
  env: Record<string, string>,
  ...options: string[]
): Promise<ServerProcess> {
  await Deno.remove(`${dataDir}/server.json`).catch(() => {});
  const command = startCommand(["serve", ...options], dataDir, env);
  try {
    let code: number | undefined;
    void command.ended.then((ended) => code = ended);
    const url = await eventually("the server serves", async () => {
      assert.equal(code, undefined, `the server ended: ${command.output()}`);
      const text = await Deno.readTextFile(`${dataDir}/server.json`).catch(() => "");
      return text.endsWith("\n") && (JSON.parse(text) as { url: string }).url;
    }, START_SECONDS);
    return {
      ...command,
      url,
      client: (token) => createClient({ url, token }),
      kill: async () => {
        command.signal("SIGKILL");
        await command.ended;
      },
    };
  } catch (error) {
    await command[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs a command and returns its exit code and output. */
export async function runCommand(args: string[], dataDir: string, env: Record<string, string> = {}) {
  await using command = startCommand(args, dataDir, env);
  const code = await within("the command ends", command.ended, 30);
  return { code, output: command.output() };
}

/** A temporary folder, deleted on disposal. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "sallyport-data-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A database, an emulated Modal, and the environment for servers that use them. */
export async function newServerPlace() {
  await using made = new AsyncDisposableStack();
  const database = made.use(await newPostgres());
  const modal = made.use(startModalEmulator());
  const { path: folder } = made.use(await temporaryFolder());
  const token = await makeOperatorToken(database);
  const env = { DATABASE_URL: database.url, SALLYPORT_SECRET: newRootSecret(), MODAL_SERVER_URL: modal.url };
  const kept = made.move();
  return { database, modal, folder, token, env, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A root secret as an environment variable contains it. */
export function newRootSecret(): string {
  return randomBytes(32).toHex();
}

/** The token of an operator created without a server. */
export async function makeOperatorToken(database: Pick<TestDatabase, "open">): Promise<string> {
  const { db, close } = await database.open();
  try {
    const services = { db, now: () => new Date(), random: randomBytes, wakeLog: () => {} };
    const name = `test-${crypto.randomUUID().slice(0, 8)}`;
    return (await createOperator(services, SYSTEM, { name, role: "REVEAL", days: 1 })).token.reveal();
  } finally {
    await close();
  }
}
