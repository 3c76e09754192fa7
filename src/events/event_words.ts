/** Whether the type, or one of its parts after a dot, begins with the word. */
export function typeHas(type: string, word: string): boolean {
  return `.${type}`.includes(`.${word}`);
}

/** Ignores the case of ASCII letters only, as the database's collation "C" does. */
export function reasonBegins(reason: unknown, word: string): boolean {
  return typeof reason === "string" &&
    reason.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).startsWith(word);
}

/** Whether a canonical address can begin with the word. */
export function isAddressPart(word: string): boolean {
  return /^[0-9a-f:.]+$/.test(word);
}
