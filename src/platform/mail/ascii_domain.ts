import { domainToASCII } from "node:url";

/** RFC 5321 §4.5.3.1.3: a path of 256 with its brackets. */
export const MOST_ADDRESS_CHARACTERS = 254;

/**
 * The address with its domain as DNS and SMTP have it: `ada@Müller.example` becomes `ada@xn--mller-kva.example`, and
 * every other spelling of that domain too (UTS 46). An ASCII domain stays as it is, and so does one that has no such
 * form or is too long: those are for the caller to refuse.
 */
export function withAsciiDomain(address: string): string {
  const start = address.lastIndexOf("@") + 1;
  const domain = address.slice(start);
  // Punycode takes the square of the length.
  if (start === 0 || isAscii(domain) || address.length > MOST_ADDRESS_CHARACTERS) return address;
  return address.slice(0, start) + (domainToASCII(domain) || domain);
}

export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
