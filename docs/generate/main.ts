/** Writes the pages that are made from the code. With `--check` it only says which are not up to date. */
import { buildSchema } from "../../schema/schema.ts";
import { apiPage } from "./api_page.ts";
import { configurationPage } from "./configuration_page.ts";

const pages: Record<string, (page: string) => string> = {
  "docs/api.md": () => apiPage(buildSchema()),
  "docs/configuration.md": configurationPage,
};

/** As `deno fmt` has it, which aligns tables and wraps lines. */
async function formatted(text: string): Promise<string> {
  const command = new Deno.Command("deno", {
    args: ["fmt", "-q", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
  });
  const process = command.spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await process.output();
  if (!success) throw new Error("deno fmt cannot read the page");
  return new TextDecoder().decode(stdout);
}

const check = Deno.args.includes("--check");
for (const [path, write] of Object.entries(pages)) {
  const present = await Deno.readTextFile(path).catch(() => "");
  const page = await formatted(write(present));
  if (!check) {
    await Deno.writeTextFile(path, page);
  } else if (page !== present) {
    console.error(`${path} is not what the code says: run \`deno task docs\``);
    Deno.exitCode = 1;
  }
}
