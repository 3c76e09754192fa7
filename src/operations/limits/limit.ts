import { wholeNumber } from "../../platform/config/values.ts";
import { type Variable, variable } from "../../platform/config/variable.ts";

/** How often a subject may do something per period. The number is configurable; `most` is its default. */
export type Limit = {
  /** The prefix of the keys of its stored counts. */
  name: string;
  most: number;
  seconds: number;
  /** The action in the error message, such as `sign in`. */
  what: string;
  /** The environment variable that sets the number, and its description in the documentation. */
  variable: `LIMIT_${string}`;
  about: string;
};

export const MINUTES = 60;
export const HOURS = 60 * MINUTES;
export const DAYS = 24 * HOURS;

/** Declares limits; the key of each becomes its name. */
export function declareLimits<Name extends string>(
  limits: Record<Name, Omit<Limit, "name">>,
): Record<Name, Limit> {
  const entries = Object.entries<Omit<Limit, "name">>(limits).map((
    [name, limit],
  ) => [name, { name, ...limit }]);
  return Object.fromEntries(entries) as Record<Name, Limit>;
}

/** Returns the environment variables of the limits. Counts are 32-bit integers in the database. */
export function limitVariables(limits: readonly Limit[]): Record<Limit["variable"], Variable<number>> {
  return Object.fromEntries(
    limits.map(({ variable: name, about, most }) => [
      name,
      variable(about, String(most), wholeNumber(1, 2 ** 31 - 1)),
    ]),
  );
}
