import { fromBase64Url, toBase64Url } from "../crypto.ts";
import type { Secret } from "../secret.ts";

/** What a derived key is for. Keys of different purposes have nothing to do with each other (RFC 5869 info). */
export type KeyPurpose = "vault" | "flow" | "mail";

/** One root secret and the keys derived from it. */
export type RootKey = {
  /** Names the secret without telling anything of it; stored beside what was sealed under it. */
  readonly id: string;
  derive(purpose: KeyPurpose): Promise<CryptoKey>;
};

/** The root keys in force: the current one seals, and all of them open. */
export type Keyring = {
  readonly current: RootKey;
  find(id: string): RootKey | undefined;
};

/** Root secrets are 32 bytes; AES-256 keys are derived from them. */
export const ROOT_SECRET_BYTES = 32;

/** Bytes of a root secret written as unpadded base64url or as 64 hex digits, or undefined for anything else. */
export function parseRootSecret(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Uint8Array.fromHex(text)
    : fromBase64Url(text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
  return bytes?.length === ROOT_SECRET_BYTES ? bytes : undefined;
}

/** The keyring of the current root secret and, during a rotation, the one before it. */
export async function createKeyring(
  current: Secret<Uint8Array<ArrayBuffer>>,
  previous?: Secret<Uint8Array<ArrayBuffer>>,
): Promise<Keyring> {
  const keys = [await rootKey(current), ...(previous ? [await rootKey(previous)] : [])] as const;
  return { current: keys[0], find: (id) => keys.find((key) => key.id === id) };
}

async function rootKey(secret: Secret<Uint8Array<ArrayBuffer>>): Promise<RootKey> {
  const material = await crypto.subtle.importKey("raw", secret.reveal(), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const params = (info: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: new TextEncoder().encode(`sallyport ${info}`),
  });
  const derived = new Map<KeyPurpose, Promise<CryptoKey>>();
  return {
    id: toBase64Url(new Uint8Array(await crypto.subtle.deriveBits(params("root key id"), material, 64))),
    derive: (purpose) => {
      const known = derived.get(purpose);
      if (known) return known;
      const key = crypto.subtle.deriveKey(
        params(purpose),
        material,
        { name: "AES-GCM", length: 256 },
        false,
        [
          "encrypt",
          "decrypt",
        ],
      );
      derived.set(purpose, key);
      return key;
    },
  };
}
