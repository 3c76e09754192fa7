import { AuthError, InvalidInput } from "../../lib/errors.ts";
import { withAsciiDomain } from "../../platform/mail/ascii_domain.ts";

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

/** What a password must not be, besides well known. */
export type PasswordOwner = { username?: string | null; email?: string | null };

/**
 * A password that its owner may take, as it is hashed: in one normal form (NFKC), so that it is the same from every
 * keyboard. What was typed has `least` to 128 characters; it is not among the most common, nor its owner's name or
 * address, in any spelling. No rule asks for kinds of characters. Throws `WeakPassword`, and `InvalidInput` for half a
 * character (a lone surrogate), which no keyboard makes.
 */
export async function acceptPassword(typed: string, least: number, owner: PasswordOwner): Promise<string> {
  // As typed: a normal form can make eighteen of one character (NIST SP 800-63B-4 counts code points).
  const length = [...typed].length;
  if (length < least) {
    throw new WeakPassword(
      `it is shorter than ${least} characters`,
      `Choose one of at least ${least} characters`,
    );
  }
  if (length > MOST_CHARACTERS) {
    throw new WeakPassword(
      `it is longer than ${MOST_CHARACTERS} characters`,
      `Choose one of at most ${MOST_CHARACTERS} characters`,
    );
  }
  if (!typed.isWellFormed()) {
    throw new InvalidInput("Cannot use this password: it is not well-formed Unicode");
  }
  const password = typed.normalize("NFKC");
  await checkGuessable(password, owner);
  return password;
}

async function checkGuessable(password: string, owner: PasswordOwner): Promise<void> {
  const plain = password.toLowerCase();
  const own = owner.username?.toLowerCase() === plain ||
    owner.email?.toLowerCase() === withAsciiDomain(plain);
  if (own) throw new WeakPassword("it is your own name or address", "Choose one that others do not know");
  if ((await commonPasswords()).has(plain)) {
    throw new WeakPassword("it is among the most common ones", "Choose one that others do not use");
  }
}

let common: Promise<ReadonlySet<string>> | undefined;

/** Loaded when the first password is chosen: the list takes a moment, and most servers mostly sign people in. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  return common ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) =>
    new Set((dictionary["passwords-common"] as string[]).slice(0, MOST_COMMON))
  );
}

/** Knows the shortest password allowed. */
export type HasPasswordPolicy = { leastPasswordCharacters: number };
