import { InvalidInput } from "../../lib/errors.ts";

/** Maximum characters of a factor's name. */
const MOST_NAME_CHARACTERS = 64;

/** Returns the name of a factor as typed, without surrounding spaces. Throws `InvalidInput`. */
export function parseFactorName(typed: string): string {
  const name = typed.trim();
  if (name === "" || [...name].length > MOST_NAME_CHARACTERS || /\p{C}/u.test(name)) {
    throw new InvalidInput(`Cannot use this name: use 1 to ${MOST_NAME_CHARACTERS} printable characters`);
  }
  return name;
}
