export type Outcome = {
  /** How it ended, when that was not well: a signal, an exit code, or which of our limits it passed. */
  trouble: string | undefined;
  /** The most memory that it had in use. */
  peakMiB: number;
  output: string;
};

const LOOK_EVERY_MS = 50;

/** Runs Deno with `args` in a process of its own, and ends that when it takes too long or too much memory. */
export async function watch(
  args: string[],
  env: Record<string, string>,
  limits: { seconds: number; mebibytes: number },
): Promise<Outcome> {
  const end = new AbortController();
  const options = { args, env, stdout: "piped", stderr: "null", signal: end.signal } as const;
  const child = new Deno.Command(Deno.execPath(), options).spawn();
  const output = new Response(child.stdout).text();
  const started = performance.now();
  let peakMiB = 0;
  let exceeded: string | undefined;
  const looking = setInterval(() => {
    peakMiB = Math.max(peakMiB, peakMemoryMiB(child.pid));
    if (peakMiB > limits.mebibytes) exceeded = `over ${limits.mebibytes} MiB`;
    else if (performance.now() - started > limits.seconds * 1000) exceeded = `over ${limits.seconds} s`;
    if (exceeded) end.abort();
  }, LOOK_EVERY_MS);
  const { code, signal } = await child.status;
  clearInterval(looking);
  const trouble = exceeded ?? signal ?? (code === 0 ? undefined : `exit code ${code}`);
  return { trouble, peakMiB, output: await output };
}

/** The most memory that the process has had in use, as the kernel counts it; 0 when it is gone. */
function peakMemoryMiB(pid: number): number {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return Number(kibibytes ?? 0) / 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
