/** Who mail is from or to: an address, and the name shown with it. */
export type Mailbox = { name: string; address: string };

/** RFC 5321 §4.5.3.1: 64 octets before the at-sign, 254 in all. */
const MOST_CHARACTERS = { local: 64, all: 254 };

/** Letters of any script; nothing that has a meaning in a header, no space, no control character. */
const ADDRESS = /^[^\s\p{C}"(),:;<>@[\]\\]+@[^\s\p{C}"(),:;<>@[\]\\/]+$/u;

/** `text` as one e-mail address without ornament, or undefined. Whether anybody lives there, only a mail can tell. */
export function parseAddress(text: string): string | undefined {
  const local = text.slice(0, text.lastIndexOf("@"));
  const fits = text.length <= MOST_CHARACTERS.all && local.length <= MOST_CHARACTERS.local;
  return fits && ADDRESS.test(text) ? text : undefined;
}

/** `address` or `Name <address>`, or undefined for anything else. */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, name = "", bracketed] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = parseAddress(bracketed ?? text.trim());
  if (!address || /[\p{C}"\\]/u.test(name)) return undefined;
  return { name: name.trim(), address };
}
