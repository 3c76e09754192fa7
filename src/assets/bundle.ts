/** Writes `built/` from `src/web`: one script for each kind of page. With `--check` it says what is not up to date. */

const SCRIPTS = ["page", "link", "embed", "frame", "connect"];

async function bundled(name: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["bundle", "-q", "--platform", "browser", "--minify", `src/web/${name}.ts`],
  }).output();
  if (!success) throw new Error(`Cannot bundle ${name}.ts: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

for (const name of SCRIPTS) {
  const path = `src/assets/built/${name}.js`;
  const text = await bundled(name);
  if (!Deno.args.includes("--check")) {
    await Deno.writeTextFile(path, text);
  } else if (await Deno.readTextFile(path).catch(() => "") !== text) {
    console.error(`${path} is not what src/web says: run \`deno task web\``);
    Deno.exitCode = 1;
  }
}
