import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { decideAtGoogle } from "./google.ts";
import { type Step, stepsOf } from "./page_steps.ts";
import { portOutsideEphemeral } from "./ports.ts";
import { prepareDatabase } from "./processes.ts";
import { temporaryFolder } from "./server_process.ts";
import { isShownAs } from "./shown_output.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const PASSED_ON = ["HOME", "DENO_DIR"].filter((name) => Deno.env.has(name));

/** The time limit for following a page on a busy machine. */
const MOST_SECONDS = 600;

/** A clone of the project's working tree, without ignored files. */
export async function freshClone(): Promise<AsyncDisposable & { path: string }> {
  const parent = await Deno.makeTempDir({ prefix: "sallyport-reader-" });
  const path = `${parent}/sallyport`;
  await Deno.mkdir(path);
  const files = "git ls-files -z --cached --others --exclude-standard";
  await bash(`${files} | tar --null --files-from=- --create | tar --extract --directory=${path}`, ROOT);
  await bash("deno install --frozen --quiet", path);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }) };
}

async function bash(command: string, cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", { args: ["-c", command], cwd }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** The prerequisites of a page. */
export type Reader = {
  /** Starts without a database. Other pages get a migrated one, which saves seconds. */
  firstStart?: boolean;
  /** Texts that a reader replaces, such as the database URL. */
  replaced?: Record<string, string>;
  env?: Record<string, string>;
  /** Commands of an earlier page. */
  before?: string;
};

/** Follows a page in one shell, as a reader does, and compares the output of its commands with the page. */
export async function follow(clone: string, page: string, reader: Reader = {}): Promise<void> {
  const port = `${portOutsideEphemeral()}`;
  const own = Object.entries({
    "127.0.0.1:4000": `127.0.0.1:${port}`,
    "localhost:4000": `localhost:${port}`,
    ...reader.replaced,
  });
  const adapted = async (path: string) =>
    own.reduce((text, [from, to]) => text.replaceAll(from, to), await Deno.readTextFile(`${ROOT}${path}`));
  const before = reader.before ? `\`\`\`sh run\n${reader.before}\n\`\`\`\n` : "";
  const steps = stepsOf(before + await adapted(page));
  assert.ok(steps.length > 0, `${page} has nothing to follow`);
  await Deno.writeTextFile(`${clone}/docs/ask.mjs`, await adapted("docs/ask.mjs"));
  await using folder = await temporaryFolder();
  const outputs = folder.path;
  await Deno.mkdir(`${outputs}/bin`);
  // A browser command that does nothing.
  await Deno.writeTextFile(`${outputs}/bin/xdg-open`, "#!/bin/sh\n", { mode: 0o755 });
  await Deno.remove(`${clone}/.data`, { recursive: true }).catch(() => {});
  if (!reader.firstStart) await prepareDatabase(`${clone}/.data`);
  const read = (name: string) => Deno.readTextFile(`${outputs}/${name}`).catch(() => "");
  await using shell = startShell(script(steps, outputs, port), clone, {
    BROWSER: "reader",
    PATH: `${outputs}/bin:${Deno.env.get("PATH")}`,
    PORT: port,
    ...reader.env,
  });
  const browsing = steps.map(async ({ meanwhile }, index) => {
    if (meanwhile) await inTheBrowser(meanwhile, () => read(`${index}`), shell.ended);
  });
  await Promise.all([shell.ended, ...browsing]);
  const problems: string[] = [];
  for (const [index, step] of steps.entries()) {
    const output = await read(`${index}`);
    const problem = await read(`${index}.failed`) === (step.fails ? "1\n" : "0\n")
      ? differenceFrom(step, output)
      : "is to succeed, unless the page says otherwise";
    if (problem) problems.push(`${page}:${step.line}: ${step.command}\nprinted\n${output}\n${problem}`);
  }
  assert.ok(problems.length === 0, problems.join("\n"));
}

function differenceFrom({ shown, kind }: Step, output: string): string | undefined {
  if (shown === undefined || isShownAs(output, shown, kind === "server")) return undefined;
  return `and the page shows\n${shown}`;
}

/** Runs the script in its own session. Disposal ends everything that it started. */
function startShell(
  script: string,
  cwd: string,
  env: Record<string, string>,
): AsyncDisposable & { ended: Promise<unknown> } {
  const shell = new Deno.Command("setsid", {
    args: ["bash", "-c", script],
    cwd,
    clearEnv: true,
    env: {
      ...Object.fromEntries(PASSED_ON.flatMap((name) => [[name, Deno.env.get(name) ?? ""]])),
      NO_COLOR: "1",
      ...env,
    },
    stdin: "null",
    stdout: "null",
  }).spawn();
  return {
    ended: shell.status,
    [Symbol.asyncDispose]: () =>
      bash(
        `for _ in {1..200}; do pkill -TERM --session ${shell.pid} || exit 0; sleep 0.1; done; exit 1`,
        cwd,
      ),
  };
}

/** Runs the steps in order, and writes the output and exit status of each. */
function script(steps: readonly Step[], outputs: string, port: string): string {
  const run = ({ command, kind, port: own = port }: Step, index: number) => {
    const output = `${outputs}/${index}`;
    const done = `echo $failed > ${output}.failed`;
    const block = `failed=0\n{\n${command}\n} > ${output} 2>&1`;
    if (kind === "run") return `${block}\n${done}`;
    const url = kind === "server" ? `--fail 127.0.0.1:${own}/readyz` : `localhost:${own}`;
    const ready = `curl --silent --output /dev/null ${url}`;
    return `${block} &
disown
until ${ready}; do if ! kill -0 $!; then failed=1; break; fi; sleep 0.2; done
${done}`;
  };
  return `shopt -s expand_aliases\ntrap 'failed=1' ERR\n${steps.map(run).join("\n")}`;
}

/** The user's action on the page that a command shows. */
async function inTheBrowser(
  what: string,
  output: () => Promise<string>,
  shellEnded: Promise<unknown>,
): Promise<void> {
  let ended = false;
  void shellEnded.then(() => ended = true);
  const page = await eventually("the page's URL", async () => {
    assert.ok(!ended, `the shell has ended, and shows no page: ${await output()}`);
    const printed = await output();
    // A reader approves after the command prints that it waits.
    if (what === "approve" && !/^Waiting for approval/m.test(printed)) return undefined;
    return /^ {2}(http\S+)$/m.exec(printed)?.[1];
  }, MOST_SECONDS);
  if (what === "approve") await (await fetch(`${page}/approve`, { method: "POST" })).body?.cancel();
  else await (await fetch(await decideAtGoogle(page, { email: "ada@example.com" }))).body?.cancel();
}
