import { Buffer } from "node:buffer";
import { type CipherKey, createCipheriv, createDecipheriv } from "node:crypto";
import { fromBase64Url, randomBytes, toBase64Url } from "../../lib/crypto.ts";
import type { KeyPurpose, Keyring } from "./root_key.ts";

const utf8 = new TextEncoder();

/**
 * A sealed value cannot be opened: it was changed, belongs to another row, or its root secret is not
 * configured.
 */
export class CannotOpen extends Error {
  override readonly name = "CannotOpen";
}

/** NIST SP 800-38D §8.2: 96-bit nonces. Random nonces are safe for 2^32 seals per key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/**
 * Encrypts with AES-256-GCM: nonce, ciphertext, tag. `context` is authenticated but not stored: decrypting
 * needs the same.
 */
export function encrypt(key: CipherKey, context: string, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(utf8.encode(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Reverses `encrypt`. Throws `CannotOpen` unless key, context and all bytes match. */
export function decrypt(key: CipherKey, context: string, sealed: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(utf8.encode(context));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new CannotOpen("Cannot open a sealed record: it was changed, or belongs to another row", {
      cause: error,
    });
  }
}

/**
 * Encrypts `value` (any JSON) under the current root key, for one purpose and one row. The result names the
 * root key, so it can be opened after a rotation: `<root key id>.<base64url>`.
 */
export function seal(
  keys: Keyring,
  purpose: KeyPurpose,
  context: string,
  value: unknown,
): Promise<string> {
  return Promise.try(() => {
    const sealed = encrypt(keys.current.key(purpose), context, utf8.encode(JSON.stringify(value)));
    return `${keys.current.id}.${toBase64Url(sealed)}`;
  });
}

/** Opens a value that `seal` created with the same purpose and context. Throws `CannotOpen`. */
export function open(
  keys: Keyring,
  purpose: KeyPurpose,
  context: string,
  sealed: string,
): Promise<unknown> {
  return Promise.try(() => {
    const [keyId = "", body = ""] = sealed.split(".");
    const root = keys.find(keyId);
    if (!root) {
      throw new CannotOpen(
        "Cannot open a sealed record: its root secret is not configured",
      );
    }
    const bytes = fromBase64Url(body);
    if (!bytes) throw new CannotOpen("Cannot open a sealed record: it is damaged");
    return JSON.parse(new TextDecoder().decode(decrypt(root.key(purpose), context, bytes)));
  });
}

/** Does the same, and returns undefined instead of throwing `CannotOpen`. */
export async function openIfPossible(...args: Parameters<typeof open>): Promise<unknown> {
  try {
    return await open(...args);
  } catch (error) {
    if (error instanceof CannotOpen) return undefined;
    throw error;
  }
}
