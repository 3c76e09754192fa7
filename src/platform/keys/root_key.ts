import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { fromBase64Url, toBase64Url } from "../../lib/crypto.ts";
import type { Secret } from "../../lib/secret.ts";

/** The purpose of a derived key. Keys of different purposes are independent (RFC 5869 info). */
export type KeyPurpose = "vault" | "flow" | "mail" | "signing key" | "factor";

/** One root secret and the keys derived from it. */
export type RootKey = {
  /** Identifies the secret without revealing it; stored with everything sealed under it. */
  readonly id: string;
  /** Returns the AES-256 key for a purpose. */
  key(purpose: KeyPurpose): KeyObject;
  /** HMAC-SHA256 of `data` under the purpose's own key. Synchronous, because every refresh needs it. */
  mac(purpose: string, data: Uint8Array): Uint8Array;
};

/** The configured root keys: the current one seals, all of them open. */
export type Keyring = {
  readonly current: RootKey;
  readonly all: readonly RootKey[];
  find(id: string): RootKey | undefined;
};

/** RFC 2104 §3: a key as long as the hash. */
const MAC_KEY_BYTES = 32;

const AES_KEY_BYTES = 32;

/** Length of a root secret. AES-256 keys are derived from it. */
export const ROOT_SECRET_BYTES = 32;

/** Parses a root secret: unpadded base64url or 64 hex digits. Returns undefined for anything else. */
export function parseRootSecret(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Uint8Array.fromHex(text)
    : fromBase64Url(text.replace(/={1,2}$/, "").replaceAll("+", "-").replaceAll("/", "_"));
  return bytes?.length === ROOT_SECRET_BYTES ? bytes : undefined;
}

/** Creates the keyring from the current root secret and, during a rotation, the previous one. */
export function createKeyring(
  current: Secret<Uint8Array<ArrayBuffer>>,
  previous?: Secret<Uint8Array<ArrayBuffer>>,
): Keyring {
  const keys = [rootKey(current), ...(previous ? [rootKey(previous)] : [])] as const;
  return { current: keys[0], all: keys, find: (id) => keys.find((key) => key.id === id) };
}

function rootKey(secret: Secret<Uint8Array<ArrayBuffer>>): RootKey {
  const material = createSecretKey(secret.reveal());
  const bytes = (info: string, count: number) =>
    new Uint8Array(hkdfSync("sha256", material, new Uint8Array(), `sallyport ${info}`, count));
  const aesKey = (purpose: KeyPurpose) => createSecretKey(bytes(purpose, AES_KEY_BYTES));
  const keys: Record<KeyPurpose, KeyObject> = {
    vault: aesKey("vault"),
    flow: aesKey("flow"),
    mail: aesKey("mail"),
    factor: aesKey("factor"),
    "signing key": aesKey("signing key"),
  };
  const macKeys = new Map<string, Uint8Array>();
  const macKey = (purpose: string) => {
    const key = macKeys.get(purpose) ?? bytes(purpose, MAC_KEY_BYTES);
    macKeys.set(purpose, key);
    return key;
  };
  return {
    id: toBase64Url(bytes("root key id", 8)),
    key: (purpose) => keys[purpose],
    mac: (purpose, data) => createHmac("sha256", macKey(purpose)).update(data).digest(),
  };
}

/** Provides the keys for sealing and signing. */
export type HasKeys = { keys: Keyring };
