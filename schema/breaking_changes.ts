import { buildSchema, findBreakingChanges } from "graphql";

/** The last released schema, and the file that lists announced breaking changes. */
export const RELEASED = "schema/released.graphql";
export const ANNOUNCED = "schema/breaking_changes.md";

/**
 * Returns the breaking changes from `released` to `present` that `announced` does not list, as graphql-js
 * describes them. A line announces a change if it has the date, this description, and then the reason.
 */
export function unannouncedBreaks(released: string, present: string, announced: string): string[] {
  const listed = announced.split("\n").flatMap((line) => /^- \d{4}-\d\d-\d\d: (.+)$/.exec(line)?.[1] ?? []);
  return findBreakingChanges(buildSchema(released), buildSchema(present))
    .map(({ description }) => description)
    .filter((change) =>
      !listed.some((line) => line.startsWith(`${change} `) && line.length > change.length + 10)
    );
}

/** Lists unannounced breaking changes. `--release` makes the present schema the released one instead. */
if (import.meta.main) {
  const present = await Deno.readTextFile("schema/schema.graphql");
  if (Deno.args.includes("--release")) {
    await Deno.writeTextFile(RELEASED, present);
  } else {
    const breaks = unannouncedBreaks(
      await Deno.readTextFile(RELEASED),
      present,
      await Deno.readTextFile(ANNOUNCED),
    );
    for (const change of breaks) console.error(`${change} Announce it in ${ANNOUNCED}, or revert it`);
    if (breaks.length > 0) Deno.exitCode = 1;
  }
}
