import { domainToASCII } from "node:url";

/** RFC 5321 §4.5.3.1.3: 256 octets including the angle brackets. */
export const MOST_ADDRESS_CHARACTERS = 254;

/**
 * Converts the address's domain to ASCII (UTS 46): `ada@Müller.example` becomes `ada@xn--mller-kva.example`,
 * and so do other spellings of that domain. ASCII domains stay unchanged; so do domains that are invalid or too
 * long, which the caller must reject.
 */
export function withAsciiDomain(address: string): string {
  const start = address.lastIndexOf("@") + 1;
  const domain = address.slice(start);
  // The time of Punycode grows with the square of the length.
  if (start === 0 || isAscii(domain) || address.length > MOST_ADDRESS_CHARACTERS) return address;
  return address.slice(0, start) + (domainToASCII(domain) || domain);
}

export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
