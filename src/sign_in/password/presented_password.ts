import type { HashCaller, HashQueue } from "./hash_queue.ts";

/**
 * Maximum length in UTF-16 units: far above our own limit, to accept imported passwords. Normalization can
 * take quadratic time, so longer texts are not normalized.
 */
const MOST_UNITS = 1_024;

/**
 * Returns the form of the presented password that matches `hash`, if any: NFKC, which we hash, or the text as
 * typed, for hashes imported from systems that hash UTF-8 without normalizing. The number of hashes depends
 * only on the typed text.
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

/** No forms for a text that is too long or not well-formed Unicode. */
function formsOf(typed: string): string[] {
  if (typed.length > MOST_UNITS || !typed.isWellFormed()) return [];
  return [...new Set([typed.normalize("NFKC"), typed])];
}
