import { fromBase64Url, randomBytes, toBase64Url } from "../crypto.ts";
import type { KeyPurpose, Keyring } from "./root_key.ts";

/** What was sealed does not open: it was changed, belongs to another row, or its root secret is not configured. */
export class CannotOpen extends Error {
  override readonly name = "CannotOpen";
}

/** NIST SP 800-38D §8.2: 96-bit nonces; random ones are safe for 2^32 seals a key. */
const NONCE_BYTES = 12;

/** AES-256-GCM: nonce, then ciphertext and tag. `context` is authenticated, not stored: opening needs the same. */
export async function encrypt(
  key: CryptoKey,
  context: string,
  plain: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES);
  const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, context), key, plain));
  const result = new Uint8Array(NONCE_BYTES + sealed.length);
  result.set(nonce);
  result.set(sealed, NONCE_BYTES);
  return result;
}

/** Reverses `encrypt`. Throws `CannotOpen` unless key, context and every bit are the same. */
export async function decrypt(
  key: CryptoKey,
  context: string,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    return new Uint8Array(
      await crypto.subtle.decrypt(gcm(nonce, context), key, sealed.subarray(NONCE_BYTES)),
    );
  } catch (error) {
    throw new CannotOpen("Cannot open a sealed record: it was changed, or belongs elsewhere", {
      cause: error,
    });
  }
}

function gcm(iv: Uint8Array<ArrayBuffer>, context: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(context) };
}

/**
 * Seals `value` (anything JSON can say) under the current root key for one purpose and one row. The result
 * names the root key, so it opens after a rotation too: `<root key id>.<base64url>`.
 */
export async function seal(
  keys: Keyring,
  purpose: KeyPurpose,
  context: string,
  value: unknown,
): Promise<string> {
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await encrypt(await keys.current.derive(purpose), context, plain);
  return `${keys.current.id}.${toBase64Url(sealed)}`;
}

/** Opens what `seal` made of the same purpose and context. Throws `CannotOpen`. */
export async function open(
  keys: Keyring,
  purpose: KeyPurpose,
  context: string,
  sealed: string,
): Promise<unknown> {
  const [keyId = "", body = ""] = sealed.split(".");
  const root = keys.find(keyId);
  if (!root) {
    throw new CannotOpen(
      "Cannot open a sealed record: the root secret it was sealed under is not configured",
    );
  }
  const bytes = fromBase64Url(body);
  if (!bytes) throw new CannotOpen("Cannot open a sealed record: it is damaged");
  return JSON.parse(new TextDecoder().decode(await decrypt(await root.derive(purpose), context, bytes)));
}
