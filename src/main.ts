import { CommanderError } from "commander";
import { printError } from "./cli/print.ts";
import { createProgram } from "./cli/program.ts";
import { linesOf } from "./cli/failure.ts";

/** Runs a command and returns its exit code: 1 if it failed, 2 if its arguments are wrong. */
export async function main(args: string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return typeof Deno.exitCode === "number" ? Deno.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(...linesOf(error));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
