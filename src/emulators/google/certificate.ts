import { type KeyObject, sign } from "node:crypto";

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const NULL = 0x05;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT_0 = 0xa0;

const SHA256_WITH_RSA = Uint8Array.fromHex("2a864886f70d01010b");
const COMMON_NAME = Uint8Array.fromHex("550403");

/** A self-signed certificate (RFC 5280) for an RSA key, valid for a year, as PEM. Google publishes its keys like this. */
export function selfSigned(name: string, privateKey: KeyObject, publicKey: KeyObject, now: Date): string {
  const algorithm = der(SEQUENCE, der(OBJECT_ID, SHA256_WITH_RSA), der(NULL));
  const commonName = der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, text(name)));
  const subject = der(SEQUENCE, der(SET, commonName));
  const inOneYear = new Date(now.getTime() + 365 * 24 * 60 * 60 * 1000);
  const version3 = der(EXPLICIT_0, der(INTEGER, Uint8Array.of(2)));
  const serial = der(INTEGER, Uint8Array.of(1));
  const validity = der(SEQUENCE, der(UTC_TIME, utcTime(now)), der(UTC_TIME, utcTime(inOneYear)));
  const key = publicKey.export({ type: "spki", format: "der" });
  const body = der(SEQUENCE, version3, serial, algorithm, subject, validity, subject, key);
  const signature = der(BIT_STRING, Uint8Array.of(0), sign("sha256", body, privateKey));
  const lines = der(SEQUENCE, body, algorithm, signature).toBase64().match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** A DER value: its tag, its length, and its content. */
function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : [tag, 0x82, length >> 8, length & 0xff];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** YYMMDDhhmmssZ */
function utcTime(date: Date): Uint8Array {
  return text(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`);
}
