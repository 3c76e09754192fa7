import { Buffer } from "node:buffer";
import { equalBytes, fromBase64Url, toBase64Url } from "../../lib/crypto.ts";
import type { Keyring } from "../../platform/keys/root_key.ts";

/** Proves that a browser is known to a subject, for example `user usr_…`, without containing its name. */
export type DeviceMark = {
  /** The encoded mark, as in the cookie or the link. */
  text: string;
  /** Identifies the mark, and is the key of its limits. */
  nonce: Uint8Array;
  /** When the subject was proven, in whole milliseconds. */
  at: Date;
  mac: Uint8Array;
};

const NONCE_BYTES = 16;

/** Milliseconds since 1970; enough until the year 10889. */
const TIME_BYTES = 6;

/** The length of HMAC-SHA256. */
const MAC_BYTES = 32;

export function newNonce(random: (bytes: number) => Uint8Array): Uint8Array {
  return random(NONCE_BYTES);
}

export function makeMark(keys: Keyring, subject: string, nonce: Uint8Array, at: Date): DeviceMark {
  const mac = keys.current.mac("device cookie", claimOf(subject, nonce, at));
  return { text: toBase64Url(Buffer.concat([nonce, timeOf(at), mac])), nonce, at, mac };
}

/** Parses a mark without checking its subject or MAC. */
export function parseMark(text: string): DeviceMark | undefined {
  const bytes = fromBase64Url(text);
  if (bytes?.length !== NONCE_BYTES + TIME_BYTES + MAC_BYTES) return undefined;
  return {
    text,
    nonce: bytes.subarray(0, NONCE_BYTES),
    at: new Date(Buffer.from(bytes).readUIntBE(NONCE_BYTES, TIME_BYTES)),
    mac: bytes.subarray(NONCE_BYTES + TIME_BYTES),
  };
}

/** Whether this server made the mark for this subject, under a root secret in force. */
export function isMarkOf(keys: Keyring, { nonce, at, mac }: DeviceMark, subject: string): boolean {
  const claim = claimOf(subject, nonce, at);
  return keys.all.some((key) => equalBytes(key.mac("device cookie", claim), mac));
}

/** Nonce and time have fixed lengths, so different claims never give the same bytes. */
function claimOf(subject: string, nonce: Uint8Array, at: Date): Uint8Array {
  return Buffer.concat([nonce, timeOf(at), Buffer.from(subject)]);
}

function timeOf(at: Date): Uint8Array {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeUIntBE(at.getTime(), 0, TIME_BYTES);
  return bytes;
}
