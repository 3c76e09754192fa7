import { InvalidInput } from "../../src/lib/errors.ts";

const MOST_CHARACTERS = 254;

/** Returns the text to search for; empty without one. Throws `InvalidInput` if it is too long or not printable. */
export function checkSearch(search: string | null | undefined): string {
  if (search != null && (search.length > MOST_CHARACTERS || /\p{C}/u.test(search))) {
    throw new InvalidInput(`Cannot search: use up to ${MOST_CHARACTERS} printable characters`);
  }
  return search ?? "";
}
