import { AuthError, InvalidInput } from "../errors.ts";

/** R18 (NIST SP 800-63B-4 §3.1.1.2): whatever is longer is not a password any more, and nothing is cut off. */
const MOST_CHARACTERS = 128;

/** Of the list of leaked passwords, the most common ones that are refused. */
const MOST_COMMON = 10_000;

/** The password is too short, too long, well known, or the person's own name. The message says which. */
export class WeakPassword extends AuthError {
  readonly code = "WEAK_PASSWORD";
  constructor(reason: string, actionRequired: string) {
    super(`Cannot use this password: ${reason}`, { actionRequired });
  }
}

/**
 * UTF-16 units that are looked at: far above 128 characters in any spelling. Bringing text into a normal form can take
 * a time that grows with the square of its length, so longer ones are not.
 */
export const MOST_UNITS = 1_024;

/** What a password must not be, besides well known. */
export type PasswordOwner = { username?: string | null; email?: string | null };

/**
 * The password as it is hashed: Unicode of any kind, in one normal form (NFKC), so that it is the same from every
 * keyboard. Throws `InvalidInput` for half a character (a lone surrogate), which no keyboard makes, and `WeakPassword`
 * for one that is far too long.
 */
export function normalizePassword(password: string): string {
  if (password.length > MOST_UNITS) throw tooLong();
  if (!password.isWellFormed()) {
    throw new InvalidInput("Cannot use this password: it is not well-formed Unicode");
  }
  return password.normalize("NFKC");
}

/**
 * Throws `WeakPassword` unless the normalised password has `least` to 128 characters, is not among the most common
 * and is not its owner's name or address. No rule asks for kinds of characters.
 */
export async function checkPassword(password: string, least: number, owner: PasswordOwner): Promise<void> {
  // Characters as people count them, near enough: code points.
  const length = [...password].length;
  if (length < least) {
    throw new WeakPassword(
      `it is shorter than ${least} characters`,
      `Choose one of at least ${least} characters`,
    );
  }
  if (length > MOST_CHARACTERS) {
    throw tooLong();
  }
  const plain = password.toLowerCase();
  const own = [owner.username, owner.email].some((name) => name?.toLowerCase() === plain);
  if (own) throw new WeakPassword("it is your own name or address", "Choose one that others do not know");
  if ((await commonPasswords()).has(plain)) {
    throw new WeakPassword("it is among the most common ones", "Choose one that others do not use");
  }
}

function tooLong(): WeakPassword {
  return new WeakPassword(
    `it is longer than ${MOST_CHARACTERS} characters`,
    `Choose one of at most ${MOST_CHARACTERS} characters`,
  );
}

let common: Promise<ReadonlySet<string>> | undefined;

/** Loaded when the first password is chosen: the list takes a moment, and most servers mostly sign people in. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  return common ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) =>
    new Set((dictionary["passwords-common"] as string[]).slice(0, MOST_COMMON))
  );
}
