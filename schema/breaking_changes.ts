import { buildSchema, findBreakingChanges } from "graphql";

/** The schema that clients were last promised, and where a promise that is broken is told with its reason. */
export const RELEASED = "schema/released.graphql";
export const ANNOUNCED = "schema/breaking_changes.md";

/**
 * What `present` breaks of `released` and no line of `announced` tells, each as graphql-js describes it. A line
 * tells a change when it begins with the day and that description, and goes on with the reason.
 */
export function untoldBreaks(released: string, present: string, announced: string): string[] {
  const told = announced.split("\n").flatMap((line) => /^- \d{4}-\d\d-\d\d: (.+)$/.exec(line)?.[1] ?? []);
  return findBreakingChanges(buildSchema(released), buildSchema(present))
    .map(({ description }) => description)
    .filter((change) =>
      !told.some((line) => line.startsWith(`${change} `) && line.length > change.length + 10)
    );
}

/** `--release` makes the present schema the promise; without it, what is broken and not told is listed. */
if (import.meta.main) {
  const present = await Deno.readTextFile("schema/schema.graphql");
  if (Deno.args.includes("--release")) {
    await Deno.writeTextFile(RELEASED, present);
  } else {
    const breaks = untoldBreaks(
      await Deno.readTextFile(RELEASED),
      present,
      await Deno.readTextFile(ANNOUNCED),
    );
    for (const change of breaks) console.error(`${change} Tell it in ${ANNOUNCED}, or take it back`);
    if (breaks.length > 0) Deno.exitCode = 1;
  }
}
