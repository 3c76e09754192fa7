/** What a process of a bench does when asked; `processes/commands.ts` is its side of it. */
export type Commands = Record<string, (input: never) => unknown>;

/** Linux counts a process's time in these (`getconf CLK_TCK`). */
const TICKS_A_SECOND = 100;

/** What to start: a program that answers commands, and its name in what goes wrong. */
export type Program = { name: string; command: string; args: string[] };

type Waiting = { resolve: (result: unknown) => void; reject: (error: Error) => void };

/** A process of its own, that is asked over its standard input and answers over its standard output. */
export class Process<C extends Commands> implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #finished: Promise<void>;
  #lastId = 0;

  readonly #name: string;

  /** Starts `processes/<module>`, or another program, with these environment variables beside ours. */
  constructor(program: string | Program, env: Record<string, string> = {}) {
    const { name, command, args } = typeof program === "string" ? ownProgram(program) : program;
    this.#name = name;
    this.#child = new Deno.Command(command, {
      args,
      env: { NODE_ENV: "production", ...env },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#finished = this.#readAnswers();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async ask<N extends keyof C & string>(
    name: N,
    ...[input]: Parameters<C[N]> extends [] ? [] : [Parameters<C[N]>[0]]
  ): Promise<Awaited<ReturnType<C[N]>>> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ id, name, input })}\n`));
    return await promise as Awaited<ReturnType<C[N]>>;
  }

  async #readAnswers(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#answered(line);
    }
    for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#name} ended`));
  }

  #answered(line: string): void {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`${this.#name}: ${error}`));
  }

  /** CPU seconds used so far, in user and kernel mode, by all of the process's threads. */
  cpuSeconds(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  }

  /** Memory that the process has in use, as the kernel sees it. */
  residentKiB(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  }

  /** Lets the process finish by itself: its input ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#finished.catch(() => {});
  }
}

function ownProgram(module: string): Program {
  const path = new URL(`processes/${module}`, import.meta.url).pathname;
  const args = ["run", "-A", "--v8-flags=--expose-gc", ...profiling(module), path];
  return { name: module, command: Deno.execPath(), args };
}

/** With `BENCH_PROFILE=folder` each process leaves a CPU profile there, for a browser's developer tools. */
function profiling(module: string): string[] {
  const folder = Deno.env.get("BENCH_PROFILE");
  return folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}/${module.replace(".ts", "")}`] : [];
}
