import { AuthError, InvalidInput } from "../../lib/errors.ts";
import { withAsciiDomain } from "../../platform/mail/ascii_domain.ts";

/** R18 (NIST SP 800-63B-4 §3.1.1.2): longer passwords are rejected, never truncated. */
const MOST_CHARACTERS = 128;

/** How many of the most common leaked passwords are rejected. */
const MOST_COMMON = 10_000;

/**
 * The password is too short, too long, among the most common, or the user's own name or address. The message
 * says which.
 */
export class WeakPassword extends AuthError {
  readonly code = "WEAK_PASSWORD";
  constructor(reason: string, actionRequired: string) {
    super(`Cannot use this password: ${reason}`, { actionRequired });
  }
}

/** The names that the password must not equal. */
export type PasswordOwner = { username?: string | null; email?: string | null };

/**
 * Checks a new password and returns it in NFKC, the form that is hashed, so that all keyboards produce the
 * same bytes. It must have `least` to 128 characters, and must not be among the most common ones or equal the
 * owner's name or address in any case. There are no rules about kinds of characters.
 *
 * @throws `WeakPassword`; `InvalidInput` for a lone surrogate.
 */
export async function acceptPassword(typed: string, least: number, owner: PasswordOwner): Promise<string> {
  // Counts code points as typed (NIST SP 800-63B-4): NFKC can turn one character into eighteen.
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

/** Loaded on first use, so that the server starts faster. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  return common ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) =>
    new Set((dictionary["passwords-common"] as string[]).slice(0, MOST_COMMON))
  );
}

/** Provides the minimum password length. */
export type HasPasswordPolicy = { leastPasswordCharacters: number };
