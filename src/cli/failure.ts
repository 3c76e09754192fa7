import { CannotReachServer, RequestRefused } from "../client/operator/client.ts";
import { FolderOutOfReach } from "../client/operator/running_server.ts";
import { Refused } from "../client/operator/succeeded.ts";
import { CommandFailed } from "./command.ts";
import { ConfigProblems } from "../platform/config/problems.ts";
import { DataDirProblem } from "./data_dir.ts";
import { UnfitDatabase, WrongSchema } from "../platform/db/unfit_database.ts";
import { AuthError } from "../lib/errors.ts";
import { WrongRootSecret } from "../platform/keys/root_key_guard.ts";

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

/**
 * Returns the lines to print for an error; an unexpected error includes its stack. Only our own messages may
 * have several lines, because a server could forge lines.
 */
export function linesOf(error: unknown): string[] {
  if (error instanceof CommandFailed || error instanceof ConfigProblems) return error.message.split("\n");
  if (error instanceof Error && EXPECTED.some((kind) => error instanceof kind)) return [sentence(error)];
  return Deno.inspect(error).split(/\n(?=\s+at |Caused by )/);
}

function sentence(error: Error): string {
  const advice = error instanceof AuthError ? error.remedy.actionRequired : undefined;
  return advice ? `${error.message}. ${advice}` : error.message;
}
