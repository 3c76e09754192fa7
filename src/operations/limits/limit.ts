import { wholeNumber } from "../../platform/config/values.ts";
import { type Variable, variable } from "../../platform/config/variable.ts";

/** How many of something a subject may do in a time. The figure is configuration, `most` is its default. */
export type Limit = {
  /** Its counts are stored under this name. */
  name: string;
  most: number;
  seconds: number;
  /** What the caller cannot do beyond it: `sign in`. */
  what: string;
  /** The variable that has the figure, and what the documentation says of that. */
  variable: `LIMIT_${string}`;
  about: string;
};

export const MINUTES = 60;
export const HOURS = 60 * MINUTES;
export const DAYS = 24 * HOURS;

/** Limits by their names. */
export function declareLimits<Name extends string>(
  limits: Record<Name, Omit<Limit, "name">>,
): Record<Name, Limit> {
  const entries = Object.entries<Omit<Limit, "name">>(limits).map((
    [name, limit],
  ) => [name, { name, ...limit }]);
  return Object.fromEntries(entries) as Record<Name, Limit>;
}

/** The variables of limits. A count has 32 bits in the database. */
export function limitVariables(limits: readonly Limit[]): Record<Limit["variable"], Variable<number>> {
  return Object.fromEntries(
    limits.map(({ variable: name, about, most }) => [
      name,
      variable(about, String(most), wholeNumber(1, 2 ** 31 - 1)),
    ]),
  );
}
