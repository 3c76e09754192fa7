import { type Client, createClient } from "../src/client/operator/client.ts";
import { dataFolder } from "../src/client/operator/variables.ts";
import { greet } from "./greet.ts";
import { CannotStart, type Options, readOptions, USAGE } from "./options.ts";
import { plainLines } from "./text.ts";
import { themeFor } from "./theme.ts";

/** Prints the events and exits (`--once`), or runs the terminal until the operator quits. */
async function main(args: string[]): Promise<void> {
  const options = await readOptions(args);
  if (options.help) return console.log(USAGE);
  if (!options.once && !(Deno.stdin.isTerminal() && Deno.stdout.isTerminal())) {
    throw new CannotStart(
      "Input or output is not a terminal. In a script, use --screen events --once [--json]",
    );
  }
  const client = createClient(options);
  if (options.once) {
    await greet(client);
    const { eventsOnce } = await import("./once.ts");
    return writeOut(await eventsOnce(client, options.json));
  }
  await show(options, client);
}

async function show(options: Options, client: Client): Promise<void> {
  const greeting = greet(client);
  const modules = Promise.all([import("./api.ts"), import("./desktop.ts"), import("./run.tsx")]);
  // The modules load while the server answers. If the server refuses first, we print the error and draw nothing.
  // We do not wait for a slow server.
  await Promise.race([modules, greeting.then(() => modules)]);
  const [{ connectApi }, { thisDesktop }, { runTerminal }] = await modules;
  const { url, token, readOnly, screen } = options;
  const theme = themeFor(options.theme, {
    noColor: !!Deno.env.get("NO_COLOR"),
    colorFgBg: Deno.env.get("COLORFGBG") ?? "",
  });
  const desktop = thisDesktop(writeOut, dataFolder());
  using api = connectApi({ url, token, readOnly, greeting, desktop, fetch: (request) => fetch(request) });
  await runTerminal({ api, start: screen, theme }, greeting);
}

function writeOut(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

if (import.meta.main) {
  try {
    await main(Deno.args);
    Deno.exit(0);
  } catch (error) {
    // Part of the message may come from the server.
    console.error(plainLines(error instanceof CannotStart ? error.message : Deno.inspect(error)));
    Deno.exit(error instanceof CannotStart ? error.exitCode : 1);
  }
}
