import { parseArgs } from "node:util";
import { CannotReachServer, RequestRefused } from "./client/operator/client.ts";
import { FolderOutOfReach } from "./client/operator/running_server.ts";
import { Refused } from "./client/operator/succeeded.ts";
import { CommandFailed, UsageError } from "./cli/command.ts";
import { print, printError } from "./cli/print.ts";
import { ConfigProblems } from "./platform/config/problems.ts";
import { DataDirProblem } from "./cli/data_dir.ts";
import { WrongSchema } from "./platform/db/open_database.ts";
import { UnfitDatabase } from "./platform/db/session_settings.ts";
import { AuthError } from "./lib/errors.ts";
import { WrongRootSecret } from "./platform/keys/root_key_guard.ts";
import { VERSION } from "./lib/version.ts";

const USAGE = `Sallyport ${VERSION}

  serve [--emulate modal,google,mail] [--development]
  migrate [up|status]
  operator create NAME [--role read|operate|reveal] [--days 90] | list | revoke ID
  modal login [--write-profile] [--no-browser] | wait FLOW | token info [CREDENTIAL]
  users import FILE.jsonl
  mail list | show [N]
  google login [--scope SCOPE]... [--no-browser]
  google import FILE.json
  google id-token EMAIL [--nonce N] [--audience CLIENT]
  doctor
`;

/** The commands. Each loads its own modules, so a client command does not load the server. */
const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  serve: async (args) => {
    const { values } = parseArgs({
      args,
      options: { emulate: { type: "string", default: "" }, development: { type: "boolean", default: false } },
    });
    await (await import("./cli/serve.ts")).serve(values);
  },
  migrate: async (args) => await (await import("./cli/migrate.ts")).migrateCommand(args),
  operator: async (args) => await (await import("./cli/operator.ts")).operator(args),
  users: async (args) => await (await import("./cli/users.ts")).users(args),
  modal: async (args) => await (await import("./cli/modal.ts")).modal(args),
  mail: async (args) => await (await import("./cli/mail.ts")).mail(args),
  google: async (args) => await (await import("./cli/google.ts")).google(args),
  doctor: async () => await (await import("./cli/doctor.ts")).doctor(),
};

/** Errors that the user can solve. They are printed as one sentence, without a stack. */
const EXPECTED = [
  CommandFailed,
  Refused,
  CannotReachServer,
  RequestRefused,
  ConfigProblems,
  DataDirProblem,
  FolderOutOfReach,
  WrongSchema,
  UnfitDatabase,
  WrongRootSecret,
  AuthError,
];

/** Runs a command and returns its exit code. */
export async function main([name = "", ...args]: string[]): Promise<number> {
  const command = COMMANDS[name];
  if (!command) {
    const asked = name === "" || name === "help" || name === "--help";
    (asked ? print : printError)(...USAGE.split("\n"));
    return asked ? 0 : 2;
  }
  try {
    await command(args);
    return typeof Deno.exitCode === "number" ? Deno.exitCode : 0;
  } catch (error) {
    if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
      printError(error.message, "", ...USAGE.split("\n"));
      return 2;
    }
    if (error instanceof UsageError) {
      printError(...error.message.split("\n"));
      return 2;
    }
    printError(...linesOf(error));
    return 1;
  }
}

/**
 * Returns the lines to print for an error; an unexpected error includes its stack. Only our own messages may
 * have several lines, because a server could forge lines.
 */
function linesOf(error: unknown): string[] {
  if (error instanceof CommandFailed || error instanceof ConfigProblems) return error.message.split("\n");
  if (error instanceof Error && EXPECTED.some((kind) => error instanceof kind)) return [sentence(error)];
  return Deno.inspect(error).split(/\n(?=\s+at |Caused by )/);
}

function sentence(error: Error): string {
  const advice = error instanceof AuthError ? error.remedy.actionRequired : undefined;
  return advice ? `${error.message}. ${advice}` : error.message;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
