import { InvalidInput } from "../../lib/errors.ts";
import { MOST_FACTORS } from "./factor_terms.ts";

/** Maximum characters of a factor's name. */
const MOST_NAME_CHARACTERS = 64;

/** Removes surrounding spaces from a typed name. Throws `InvalidInput` if it is empty, too long or not printable. */
export function parseFactorName(typed: string): string {
  const name = typed.trim();
  if (name === "" || [...name].length > MOST_NAME_CHARACTERS || /[\p{C}\p{Zl}\p{Zp}\u3164]/u.test(name)) {
    throw new InvalidInput(`Cannot use this name: use 1 to ${MOST_NAME_CHARACTERS} printable characters`);
  }
  return name;
}

/** Appends a number to the name if another factor of the user has that name. */
export function distinctName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const numbers = Array.from({ length: MOST_FACTORS + 1 }, (_, index) => `${name} ${index + 2}`);
  return numbers.find((each) => !taken.has(each)) ?? name;
}
