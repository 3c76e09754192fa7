import type { HashCaller, HashQueue } from "./hash_queue.ts";
import { MOST_UNITS } from "./password_policy.ts";

/**
 * The form of a presented password that `hash` was made of, if any: NFKC, in which we hash; or as typed, in which
 * others did whose hashes were imported. How many hashes that takes depends on what was typed alone.
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
