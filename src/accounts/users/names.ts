import { InvalidInput } from "../../lib/errors.ts";
import { isAscii, MOST_ADDRESS_CHARACTERS, withAsciiDomain } from "../../platform/mail/ascii_domain.ts";

/** What a person is called by, as typed, and the key that makes two spellings the same. */
export type Named = { typed: string; key: string };

/** Letters, digits and a few signs: a name looks the same to everybody, and is never an address. */
const USERNAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** RFC 5321 §4.5.3.1.1: 64 octets before the @. */
const MOST_LOCAL = 64;

/** RFC 5322 §3.2.3 atoms, and a domain of at least two labels (RFC 1035 §2.3.1). Quoted forms are refused. */
const EMAIL =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;

/** A username: 1 to 64 plain characters, the same in any case. Throws `InvalidInput`. */
export function parseUsername(text: string): Named {
  if (!USERNAME.test(text)) {
    throw new InvalidInput(
      "Cannot use this username: it is not 1 to 64 letters, digits or . _ - that begins and ends with one of the former",
      "Choose another username",
    );
  }
  return { typed: text, key: text.toLowerCase() };
}

/**
 * An e-mail address, trimmed, with its domain in ASCII: one address in every case and spelling of the domain. Tags are
 * part of the address. Throws `InvalidInput`.
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

/** What somebody says who they are by: an address if it holds an @, a username otherwise. Never throws. */
export type Identifier = { kind: "email" | "username"; key: string };

/** Reads an identifier. What cannot be anybody's is one that nobody has, and costs the same to look up. */
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
