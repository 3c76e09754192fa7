/** Writes the pages that are made from the code. With `--check` it only says which are not up to date. */
import { buildSchema } from "../../schema/schema.ts";
import { apiPage } from "./api_page.ts";
import { configurationPage } from "./configuration_page.ts";
import { terminalPicture } from "./terminal_picture.ts";

/** What is made, by its path: from the code, from what is there, or from another page. */
const PAGES: Record<string, (present: string) => string | Promise<string>> = {
  "docs/api.md": () => formatted(apiPage(buildSchema())),
  "docs/configuration.md": (page) => formatted(configurationPage(page)),
  "docs/pictures/why.svg": () => screen("why", "The Why screen of the operators' terminal"),
};

async function screen(name: string, title: string): Promise<string> {
  return terminalPicture(await Deno.readTextFile("docs/terminal.md"), name, title);
}

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
for (const [path, write] of Object.entries(PAGES)) {
  const present = await Deno.readTextFile(path).catch(() => "");
  const page = await write(present);
  if (!check) {
    await Deno.writeTextFile(path, page);
  } else if (page !== present) {
    console.error(`${path} is not what the code says: run \`deno task docs\``);
    Deno.exitCode = 1;
  }
}
