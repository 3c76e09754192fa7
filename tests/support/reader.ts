import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { decideAtGoogle } from "./google.ts";
import { type Step, stepsOf } from "./page_steps.ts";
import { portOutsideEphemeral } from "./ports.ts";
import { assertShown } from "./shown_output.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const PASSED_ON = ["HOME", "DENO_DIR"].filter((name) => Deno.env.has(name));

/** A clone of the project as it is in this folder, without what git ignores. */
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

/** What a page takes for granted. */
export type Reader = {
  /** Texts that a reader replaces, like the URL of their database. */
  replaced?: Record<string, string>;
  env?: Record<string, string>;
  /** Commands of an earlier page. */
  before?: string;
};

/** Follows a page as a reader does, in one shell, and compares what its commands print with what it shows. */
export async function follow(clone: string, page: string, reader: Reader = {}): Promise<void> {
  const port = `${portOutsideEphemeral()}`;
  const own = Object.entries({ "127.0.0.1:4000": `127.0.0.1:${port}`, ...reader.replaced });
  const adapted = async (path: string) =>
    own.reduce((text, [from, to]) => text.replaceAll(from, to), await Deno.readTextFile(`${ROOT}${path}`));
  const before = reader.before ? `\`\`\`sh run\n${reader.before}\n\`\`\`\n` : "";
  const steps = stepsOf(before + await adapted(page));
  assert.ok(steps.length > 0, `${page} has nothing to follow`);
  await Deno.writeTextFile(`${clone}/docs/ask.mjs`, await adapted("docs/ask.mjs"));
  const outputs = await Deno.makeTempDir({ prefix: "sallyport-outputs-" });
  await Deno.mkdir(`${outputs}/bin`);
  // A browser that shows nothing.
  await Deno.writeTextFile(`${outputs}/bin/xdg-open`, "#!/bin/sh\n", { mode: 0o755 });
  const read = (name: string) => Deno.readTextFile(`${outputs}/${name}`).catch(() => "");
  try {
    const shell = new Deno.Command("bash", {
      args: ["-c", script(steps, outputs, port)],
      cwd: clone,
      clearEnv: true,
      env: {
        ...Object.fromEntries(PASSED_ON.flatMap((name) => [[name, Deno.env.get(name) ?? ""]])),
        BROWSER: "reader",
        PATH: `${outputs}/bin:${Deno.env.get("PATH")}`,
        PORT: port,
        NO_COLOR: "1",
        ...reader.env,
      },
      stdin: "null",
      stdout: "null",
    }).spawn();
    await Promise.all([
      shell.status,
      ...steps.map(({ meanwhile }, index) => meanwhile && inTheBrowser(meanwhile, () => read(`${index}`))),
    ]);
    for (const [index, { line, command, shown, kind, fails }] of steps.entries()) {
      const place = `${page}:${line}: ${command}\nprinted`;
      const output = await read(`${index}`);
      assert.equal(await read(`${index}.failed`), fails ? "1\n" : "0\n", `${place}\n${output}`);
      if (shown !== undefined) assertShown(output, shown, place, kind === "server");
    }
  } finally {
    await Deno.remove(outputs, { recursive: true });
    await Deno.remove(`${clone}/.data`, { recursive: true }).catch(() => {});
  }
}

/** Runs the steps one after the other in this shell, and writes the output of each, and whether it failed. */
function script(steps: readonly Step[], outputs: string, port: string): string {
  const run = ({ command, kind, port: own = port }: Step, index: number) => {
    const output = `${outputs}/${index}`;
    if (kind === "run") return `failed=0\n{\n${command}\n} > ${output} 2>&1\necho $failed > ${output}.failed`;
    const ready = kind === "server"
      ? `curl -fs -o /dev/null 127.0.0.1:${own}/readyz`
      : `curl -s -o /dev/null localhost:${own}`;
    return `failed=0\n{\n${command}\n} > ${output} 2>&1 &
started+=($!)
disown
until ${ready}; do if ! kill -0 $!; then failed=1; break; fi; sleep 0.2; done
echo $failed > ${output}.failed`;
  };
  return `shopt -s expand_aliases
set -m
started=()
trap 'failed=1' ERR
${steps.map(run).join("\n")}
for group in "\${started[@]}"; do kill -- -$group; done
for group in "\${started[@]}"; do while kill -0 -- -$group; do sleep 0.1; done; done`;
}

/** Seconds that a command may take until it shows its page, on a machine that is busy with other things. */
const PATIENCE = 120;

/** What a person does with the page that a command shows. */
async function inTheBrowser(what: string, output: () => Promise<string>): Promise<void> {
  const page = await eventually(
    "the page's URL",
    async () => /^ {2}(http\S+)$/m.exec(await output())?.[1],
    PATIENCE,
  );
  if (what === "approve") await (await fetch(`${page}/approve`, { method: "POST" })).body?.cancel();
  else await (await fetch(await decideAtGoogle(page, { email: "ada@example.com" }))).body?.cancel();
}
