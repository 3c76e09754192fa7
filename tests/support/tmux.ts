import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import type { Env } from "./processes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A shell in a real pseudo-terminal, in its own tmux, which disposal ends. */
export type Tmux = AsyncDisposable & {
  /** Types text, or keys by tmux's names: `Enter`, `Escape`, `C-c`. */
  type(...keys: string[]): Promise<void>;
  /** Waits until the pane shows all of these texts, and returns its content. */
  shows(...wanted: string[]): Promise<string>;
  hides(...unwanted: string[]): Promise<string>;
  /** The content of the pane, including its history. */
  history(): Promise<string>;
  /** A tmux format of the pane, such as `#{alternate_on}`. */
  format(what: string): Promise<string>;
  /** The ids of the pane's processes whose command line contains this. */
  processes(what: string): Promise<string[]>;
};

export async function startTmux(env: Env, size = { columns: 120, rows: 36 }): Promise<Tmux> {
  const socket = `sallyport-${crypto.randomUUID()}`;
  const tmux = async (...args: string[]) => {
    const command = new Deno.Command("tmux", {
      args: ["-L", socket, "-f", "/dev/null", ...args],
      cwd: ROOT,
      env: { ...await shellEnv(env), TERM: "xterm-256color" },
      clearEnv: true,
    });
    const { success, stdout, stderr } = await command.output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  await tmux(
    ...["new-session", "-d", "-s", "terminal", "-x", String(size.columns), "-y", String(size.rows)],
    "bash --noprofile --norc",
  );
  const screen = () => tmux("capture-pane", "-p", "-t", "terminal");
  const waitFor = (wanted: string[], there: boolean) =>
    eventually(
      `the pane ${there ? "shows" : "hides"} ${wanted.join(" and ")}`,
      async () => {
        const text = await screen();
        return wanted.every((each) => text.includes(each) === there) && text;
      },
      30,
    ).catch(async (error) => assert.fail(`${error.message}\n${await screen()}`));
  return {
    async type(...keys) {
      await tmux("send-keys", "-t", "terminal", ...keys);
    },
    shows: (...wanted) => waitFor(wanted, true),
    hides: (...unwanted) => waitFor(unwanted, false),
    history: () => tmux("capture-pane", "-p", "-S", "-", "-t", "terminal"),
    format: async (what) => (await tmux("display-message", "-p", "-t", "terminal", what)).trim(),
    async processes(what) {
      const tty = (await tmux("display-message", "-p", "-t", "terminal", "#{pane_tty}")).trim();
      const { stdout } = await new Deno.Command("ps", { args: ["-t", tty, "-o", "pid=,args="] }).output();
      const lines = new TextDecoder().decode(stdout).split("\n");
      return lines.filter((line) => line.includes(what)).map((line) => line.trim().split(" ")[0] ?? "");
    },
    [Symbol.asyncDispose]: async () => void await tmux("kill-server").catch(() => {}),
  };
}

/** The environment that the shell needs to find Deno and its cache. */
async function shellEnv(env: Env): Promise<Env> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  return { PATH: Deno.env.get("PATH") ?? "", DENO_DIR: denoDir, LANG: "C.UTF-8", ...env };
}
