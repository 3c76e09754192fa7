import { equalBytes, fromBase64Url, sha256, toBase64Url } from "../../lib/crypto.ts";
import { idBytes, idOfBytes } from "../../lib/ids.ts";
import type { Keyring, RootKey } from "../../platform/keys/root_key.ts";

/** The prefix of every refresh token, so that secret scanners can detect leaked ones. */
const REFRESH_TOKEN_PREFIX = "spr";

const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const MAC_BYTES = 32;
const CHECKSUM_BYTES = 4;
const SIGNED_BYTES = ID_BYTES + GENERATION_BYTES;
const BODY_BYTES = SIGNED_BYTES + MAC_BYTES;
const TOKEN_BYTES = BODY_BYTES + CHECKSUM_BYTES;

/** The parsed content of a refresh token, not verified, and the hash under which it is stored. */
export type RefreshToken = { sessionId: string; generation: number; hash: Uint8Array };

/**
 * Derives the refresh token of a family's `generation`: `spr_` and base64url of the session id, the
 * generation, their HMAC-SHA256 under the server's key, and a checksum. The same arguments give the same
 * token, so it can be returned again although only its hash is stored. Its 256 bits cannot be guessed without
 * the key.
 */
export function makeRefreshToken(
  root: RootKey,
  sessionId: string,
  generation: number,
): { token: string; hash: Uint8Array } {
  const bytes = new Uint8Array(TOKEN_BYTES);
  bytes.set(idBytes(sessionId));
  new DataView(bytes.buffer).setUint32(ID_BYTES, generation);
  bytes.set(root.mac("refresh token", bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  bytes.set(checksum(bytes.subarray(0, BODY_BYTES)), BODY_BYTES);
  const token = `${REFRESH_TOKEN_PREFIX}_${toBase64Url(bytes)}`;
  return { token, hash: sha256(token) };
}

/** Parses a refresh token. Returns undefined if it is malformed, so that no query is needed. */
export function readRefreshToken(token: string): RefreshToken | undefined {
  const bytes = bytesOf(token);
  if (!bytes || !equalBytes(checksum(bytes.subarray(0, BODY_BYTES)), bytes.subarray(BODY_BYTES))) {
    return undefined;
  }
  return {
    sessionId: idOfBytes("ses", bytes.subarray(0, ID_BYTES)),
    generation: new DataView(bytes.buffer).getUint32(ID_BYTES),
    hash: sha256(token),
  };
}

/** Whether we made this token, under any root key in force. */
export function isGenuine(keys: Keyring, token: string): boolean {
  const bytes = bytesOf(token);
  if (!bytes) return false;
  const mac = bytes.subarray(SIGNED_BYTES, BODY_BYTES);
  return keys.all.some((key) => equalBytes(key.mac("refresh token", bytes.subarray(0, SIGNED_BYTES)), mac));
}

/** Derives the token of this generation that has the stored hash, under any root key in force. */
export function remakeRefreshToken(
  keys: Keyring,
  sessionId: string,
  generation: number,
  hash: Uint8Array,
): string | undefined {
  return keys.all.map((key) => makeRefreshToken(key, sessionId, generation))
    .find((made) => equalBytes(made.hash, hash))?.token;
}

const TEXT_LENGTH = REFRESH_TOKEN_PREFIX.length + 1 + Math.ceil(TOKEN_BYTES * 4 / 3);

function bytesOf(token: string): Uint8Array<ArrayBuffer> | undefined {
  if (token.length !== TEXT_LENGTH || !token.startsWith(`${REFRESH_TOKEN_PREFIX}_`)) return undefined;
  const bytes = fromBase64Url(token.slice(REFRESH_TOKEN_PREFIX.length + 1));
  return bytes?.length === TOKEN_BYTES ? bytes : undefined;
}

function checksum(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, CHECKSUM_BYTES);
}
