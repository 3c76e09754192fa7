import { MOST_ADDRESS_CHARACTERS, withAsciiDomain } from "./ascii_domain.ts";

/** A sender or recipient: an address, and the displayed name. */
export type Mailbox = { name: string; address: string };

/**
 * RFC 5321 §4.5.3.1.1: at most 64 octets before the `@`. The characters of RFC 5322 §3.2.3; none is special in
 * a header or in SMTP. Other letters would need a server with SMTPUTF8.
 */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)*$/;

/**
 * Parses an e-mail address and converts its domain to Punycode if needed. Returns undefined if invalid. It does
 * not check that the mailbox exists.
 */
export function parseAddress(text: string): string | undefined {
  const address = withAsciiDomain(text);
  return address.length <= MOST_ADDRESS_CHARACTERS && ADDRESS.test(address) ? address : undefined;
}

/** Parses `address` or `Name <address>`. Returns undefined for anything else. */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, name = "", bracketed] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = parseAddress(bracketed ?? text.trim());
  if (!address || /[\p{C}"\\]/u.test(name)) return undefined;
  return { name: name.trim(), address };
}
