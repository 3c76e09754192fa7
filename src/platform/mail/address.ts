import { MOST_ADDRESS_CHARACTERS, withAsciiDomain } from "./ascii_domain.ts";

/** Who mail is from or to: an address, and the name shown with it. */
export type Mailbox = { name: string; address: string };

/**
 * RFC 5321 §4.5.3.1.1: at most 64 octets before the at-sign. The characters of RFC 5322 §3.2.3, none of which has a
 * meaning in a header or in SMTP. Letters beyond ASCII would need a server with SMTPUTF8.
 */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)*$/;

/**
 * `text` as one e-mail address in ASCII, its domain in Punycode where it needs that, or undefined. Only a mail can
 * tell whether it reaches a mailbox.
 */
export function parseAddress(text: string): string | undefined {
  const address = withAsciiDomain(text);
  return address.length <= MOST_ADDRESS_CHARACTERS && ADDRESS.test(address) ? address : undefined;
}

/** `address` or `Name <address>`, or undefined for anything else. */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, name = "", bracketed] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = parseAddress(bracketed ?? text.trim());
  if (!address || /[\p{C}"\\]/u.test(name)) return undefined;
  return { name: name.trim(), address };
}
