/**
 * Bundles `src/web` into `built/`: a script for each kind of page, and the stylesheet. With `--check` it only
 * reports outdated files.
 */

const ENTRIES = ["page.ts", "link.ts", "embed.ts", "frame.ts", "connect.ts", "passkey.ts", "style.css"];

async function bundled(name: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["bundle", "-q", "--platform", "browser", "--minify", `src/web/${name}`],
  }).output();
  if (!success) throw new Error(`Cannot bundle ${name}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

for (const name of ENTRIES) {
  const path = `src/http/assets/built/${name.replace(/\.ts$/, ".js")}`;
  const text = await bundled(name);
  if (!Deno.args.includes("--check")) {
    await Deno.writeTextFile(path, text);
  } else if (await Deno.readTextFile(path).catch(() => "") !== text) {
    console.error(`${path} is out of date: run \`deno task web\``);
    Deno.exitCode = 1;
  }
}
