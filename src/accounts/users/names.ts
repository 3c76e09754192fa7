import { InvalidInput } from "../../lib/errors.ts";
import { isAscii, MOST_ADDRESS_CHARACTERS, withAsciiDomain } from "../../platform/mail/ascii_domain.ts";

/** A username or address: as typed, and the key that is equal for equivalent spellings. */
export type Named = { typed: string; key: string };

/** ASCII letters, digits and `. _ -`: unambiguous to read, and never an address. */
const USERNAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** RFC 5321 §4.5.3.1.1: 64 octets before the @. */
const MOST_LOCAL = 64;

/** RFC 5322 §3.2.3 atoms, and a domain of at least two labels (RFC 1035 §2.3.1). Quoted forms are refused. */
const EMAIL =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;

/** Parses a username: 1 to 64 characters, unique ignoring case. Throws `InvalidInput`. */
export function parseUsername(text: string): Named {
  if (!USERNAME.test(text)) {
    throw new InvalidInput(
      "Cannot use this username: it must be 1 to 64 letters, digits or . _ -, and begin and end with a letter or digit",
      "Choose another username",
    );
  }
  return { typed: text, key: text.toLowerCase() };
}

/**
 * Parses an e-mail address: trims it and converts its domain to ASCII. The key ignores case. Tags are part of
 * the address. Throws `InvalidInput`.
 */
export function parseEmail(text: string): Named {
  const typed = withAsciiDomain(text.trim());
  const at = typed.indexOf("@");
  if (!isAscii(typed.slice(0, at))) {
    throw new InvalidInput(
      "Cannot use this e-mail address: before the @ it has letters beyond ASCII, which many mail servers do not take",
      "Use another address",
    );
  }
  if (typed.length > MOST_ADDRESS_CHARACTERS || at > MOST_LOCAL || !EMAIL.test(typed)) {
    throw new InvalidInput(
      "Cannot use this e-mail address: it is not one that mail can be sent to",
      "Check the address",
    );
  }
  return { typed, key: typed.toLowerCase() };
}

/** The name given at a sign-in: an address if it contains an @, a username otherwise. */
export type Identifier = { kind: "email" | "username"; key: string };

/**
 * Parses an identifier. Never throws: an invalid one gets an empty key, which matches no user and costs the
 * same query.
 */
export function parseIdentifier(text: string): Identifier {
  const trimmed = text.trim();
  const kind = trimmed.includes("@") ? "email" : "username";
  const parse = kind === "email" ? parseEmail : parseUsername;
  try {
    return { kind, key: parse(trimmed).key };
  } catch {
    return { kind, key: "" };
  }
}
