const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Letters and digits that do not look alike. */
const READABLE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** `length` random characters of `alphabet`, all equally likely, from a cryptographic source. */
function randomText(alphabet: string, length: number): string {
  const fair = 256 - 256 % alphabet.length;
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** An id or secret in Modal's form: the prefix and 22 base62 characters. */
export function randomId(prefix: "tf" | "ak" | "as" | "ws" | "ac"): string {
  return `${prefix}-${randomText(BASE62, 22)}`;
}

/** A code that is easy to read and type: `XXXX-XXXX`. */
export function randomCode(): string {
  return `${randomText(READABLE, 4)}-${randomText(READABLE, 4)}`;
}
