import { fromBase64Url, randomBytes, toBase64Url } from "../lib/crypto.ts";
import type { Keyring } from "../platform/keys/root_key.ts";
import { CannotOpen, decrypt, encrypt } from "../platform/keys/seal.ts";
import { Secret } from "../lib/secret.ts";

/** The associated data of a sealed secret. A record that is moved to another row or owner cannot be opened. */
export type EnvelopeContext = { credentialId: string; ownerId: string | null; provider: string };

/** A sealed secret and the id of its root key. */
export type Envelope = { rootKeyId: string; sealed: string };

const DATA_KEY_BYTES = 32;

/**
 * Encrypts a credential's secret with AES-256-GCM under a new data key, and the data key under the current root key.
 * Both authenticate the context and the root key's id as associated data.
 */
export function sealSecret(keys: Keyring, context: EnvelopeContext, secret: Secret<unknown>): Envelope {
  const rootKeyId = keys.current.id;
  const associated = associatedData(context, rootKeyId);
  const dataKey = randomBytes(DATA_KEY_BYTES);
  const plain = new TextEncoder().encode(JSON.stringify(secret.reveal()));
  const parts = [
    encrypt(keys.current.key("vault"), associated, dataKey),
    encrypt(dataKey, associated, plain),
  ];
  return { rootKeyId, sealed: parts.map(toBase64Url).join(".") };
}

/**
 * Decrypts an envelope that `sealSecret` made for the same context.
 *
 * @throws CannotOpen if the root key is not configured, or the envelope is damaged or belongs to another context.
 */
export function openSecret(keys: Keyring, context: EnvelopeContext, envelope: Envelope): Secret<unknown> {
  const root = keys.find(envelope.rootKeyId);
  if (!root) {
    throw new CannotOpen(
      "Cannot open this credential: the root secret it was sealed under is not configured",
    );
  }
  const [wrapped, body] = envelope.sealed.split(".").map(fromBase64Url);
  if (!wrapped || !body) throw new CannotOpen("Cannot open this credential: its record is damaged");
  const associated = associatedData(context, envelope.rootKeyId);
  const dataKey = decrypt(root.key("vault"), associated, wrapped);
  const plain = decrypt(dataKey, associated, body);
  return new Secret(JSON.parse(new TextDecoder().decode(plain)));
}

/** Encodes the context as a JSON array, so that different contexts have different encodings. */
function associatedData(context: EnvelopeContext, rootKeyId: string): string {
  return JSON.stringify([context.credentialId, context.ownerId, context.provider, rootKeyId]);
}
