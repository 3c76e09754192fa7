import type { FolderOutOfReach } from "../client/operator/running_server.ts";

/** The permission sets that `deno.json` gives the tasks of these commands; the others have `command`. */
const SETS: Readonly<Record<string, string>> = { serve: "server", migrate: "server" };

/** What to type instead of the task, whose permissions end at Sallyport's own folder. */
export function outOfReach(problem: FolderOutOfReach, args: readonly string[]): string {
  const { message, folder, dispensable } = problem;
  const set = SETS[args[0] ?? ""] ?? "command";
  const flags = `-P=${set} --allow-read=.,/usr/bin/ldd,${folder} --allow-write=${folder}`;
  const instead = `deno run ${flags} src/main.ts ${args.join(" ")}`;
  return `${message}. ${dispensable ? "Set SALLYPORT_URL and SALLYPORT_TOKEN, or run" : "Run"}: ${instead}`;
}
