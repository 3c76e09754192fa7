import { portOutsideEphemeral } from "../support/ports.ts";
import { type Bench, median } from "./bench.ts";

const ROUNDS = 5;
const ROOT = new URL("../../", import.meta.url).pathname;

/** As `deno task dev` has it. */
const DEV = ["run", "-P=server", "src/main.ts", "serve", "--development", "--emulate", "modal"];

/** How long one waits for `dev` on a database that exists, beside what PGlite takes of it. */
export const start: Bench = async ({ stack, fail, say }) => {
  // `dev` may write below `.data` alone.
  const folder = `${ROOT}.data/bench-${crypto.randomUUID().slice(0, 8)}`;
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  say("the first start, which makes the database");
  const first = await startDev(folder);
  const seconds = { dev: [] as number[], pglite: [] as number[] };
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}`);
    seconds.pglite.push(await openPglite(`${folder}/database`, fail));
    seconds.dev.push(await startDev(folder));
  }
  return [
    {
      name: "dev's start, of PGlite's alone",
      value: median(seconds.dev) / median(seconds.pglite),
      unit: "times",
      target: { below: 3 },
      detail: seconds,
    },
    { name: "dev: to the first answer", value: median(seconds.dev), unit: "s" },
    { name: "PGlite alone", value: median(seconds.pglite), unit: "s" },
    { name: "dev: the very first start, with migrations", value: first, unit: "s" },
  ];
};

/** Seconds until `dev` answers its first query; then it is stopped. */
async function startDev(folder: string): Promise<number> {
  const port = portOutsideEphemeral();
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: DEV,
    cwd: ROOT,
    env: { DATA_DIR: folder, PORT: `${port}`, NODE_ENV: "production", LOG_LEVEL: "warning" },
    stdout: "null",
    stdin: "null",
  }).spawn();
  try {
    while (!await answers(port)) {
      if (performance.now() - begun > 60_000) throw new Error("dev did not start within a minute");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return (performance.now() - begun) / 1000;
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"query":"{ __typename }"}',
    });
    return await response.text() === '{"data":{"__typename":"Query"}}';
  } catch {
    return false;
  }
}

/** Seconds until PGlite alone, in a process of its own, has opened the folder. */
async function openPglite(folder: string, fail: (what: string) => void): Promise<number> {
  const begun = performance.now();
  const path = new URL("processes/pglite_open.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", path, folder], stdout: "piped" })
    .spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const seconds = (performance.now() - begun) / 1000;
  if (new TextDecoder().decode(value) !== "open\n") fail("PGlite did not open");
  while (!(await reader.read()).done);
  await child.status;
  return seconds;
}
