import { portOutsideEphemeral } from "../support/ports.ts";
import { until } from "./bench.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

const FLAGS = "-q --node-modules-dir=manual -P=terminal --no-prompt";

/** The terminal; the command as an operator types it; and the least that Deno and Ink need. */
const PROGRAMS = {
  terminal: `${Deno.execPath()} run ${FLAGS} tui/main.ts`,
  task: `${Deno.execPath()} task -q tui`,
  bare: `${Deno.execPath()} run ${FLAGS} tests/bench/processes/bare_ink.tsx`,
};

export type Program = keyof typeof PROGRAMS;

/** Starts a server, and measures in a pseudo-terminal how long a program takes to its first frame. */
export async function startDevServer(
  stack: AsyncDisposableStack,
): Promise<{ firstFrame: (program: Program) => Promise<number> }> {
  const folder = `.data/bench-${crypto.randomUUID().slice(0, 8)}`;
  stack.defer(() => Deno.remove(`${ROOT}${folder}`, { recursive: true }));
  const env = {
    DATA_DIR: folder,
    PORT: `${portOutsideEphemeral()}`,
    NODE_ENV: "production",
    LOG_LEVEL: "warning",
  };
  const args = ["run", "-q", "-P=server", "src/main.ts", "serve", "--development", "--emulate", "modal"];
  const output = { stdin: "null", stdout: "null", stderr: "null" } as const;
  const server = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, ...output }).spawn();
  stack.defer(async () => {
    server.kill("SIGTERM");
    await server.status;
  });
  await until("the server serves", 60, () => isThere(`${ROOT}${folder}/server.json`));
  return {
    firstFrame: (program) =>
      firstFrame(PROGRAMS[program], { DATA_DIR: folder, NODE_ENV: "production", TERM: "xterm-256color" }),
  };
}

async function firstFrame(line: string, env: Record<string, string>): Promise<number> {
  const begun = performance.now();
  // `script` runs a command in a pseudo-terminal.
  const child = new Deno.Command("script", {
    ...{ args: ["-qfec", `stty cols 120 rows 36; ${line}`, "/dev/null"], cwd: ROOT, env },
    ...{ stdin: "piped", stdout: "piped", stderr: "null" },
  }).spawn();
  const decoder = new TextDecoder();
  let text = "";
  let found = NaN;
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (Number.isNaN(found) && text.includes("Sallyport")) {
      found = performance.now() - begun;
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("q"));
      writer.releaseLock();
    }
  }
  await child.stdin.close().catch(() => {});
  await child.status;
  return found;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
