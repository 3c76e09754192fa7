import type { HashCaller, HashQueue } from "./hash_queue.ts";

/**
 * UTF-16 units that are looked at: far above what a password may have here, for those that were imported. Bringing
 * text into a normal form can take a time that grows with the square of its length, so longer ones are not.
 */
const MOST_UNITS = 1_024;

/**
 * The form of a presented password that `hash` was made of, if any: NFKC, in which we hash; or as typed, in which
 * others did whose hashes were imported, if they took UTF-8. How many hashes that takes depends on what was typed alone.
 */
export async function matchingForm(
  passwords: Pick<HashQueue, "verify">,
  hash: string,
  typed: string,
  from: HashCaller,
): Promise<string | undefined> {
  for (const form of formsOf(typed)) {
    if (await passwords.verify(hash, form, from)) return form;
  }
  if (formsOf(typed).length === 0) await passwords.verify(hash, "", from);
  return undefined;
}

/** None for what is nobody's password: far too long, or with half a character in it. */
function formsOf(typed: string): string[] {
  if (typed.length > MOST_UNITS || !typed.isWellFormed()) return [];
  return [...new Set([typed.normalize("NFKC"), typed])];
}
