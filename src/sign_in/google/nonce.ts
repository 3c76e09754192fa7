import { equalBytes, fromBase64Url, type HasRandom, toBase64Url } from "../../lib/crypto.ts";
import type { HasKeys, Keyring, RootKey } from "../../platform/keys/root_key.ts";
import type { HasClock } from "../../lib/clock.ts";
import { GoogleNotConfigured, type HasGoogle } from "../../providers/google/api/google_api.ts";

/** R26. */
const LIFETIME_SECONDS = 5 * 60;

/** 128 bits: cannot be guessed and does not repeat. */
const RANDOM_BYTES = 16;
/** As many bits as the random part. */
const MAC_BYTES = 16;
const TIME_BYTES = 8;

/** A value for the `nonce` of an ID token (OpenID Connect Core §3.1.2.1). */
export type GoogleNonce = { nonce: string; expiresAt: Date };

/**
 * Issues a nonce for a sign-in with Google. It contains its expiry and our MAC, so issuing stores nothing;
 * only its use is stored. Throws `GoogleNotConfigured`.
 */
export function issueGoogleNonce(
  { google, keys, random, now }: HasGoogle & HasKeys & HasRandom & HasClock,
): GoogleNonce {
  if (!google.configured) throw new GoogleNotConfigured();
  const expiresAt = new Date(now().getTime() + LIFETIME_SECONDS * 1000);
  const signed = new Uint8Array(TIME_BYTES + RANDOM_BYTES);
  new DataView(signed.buffer).setBigUint64(0, BigInt(expiresAt.getTime()));
  signed.set(random(RANDOM_BYTES), TIME_BYTES);
  const nonce = new Uint8Array(signed.length + MAC_BYTES);
  nonce.set(signed);
  nonce.set(macOf(keys.current, signed), signed.length);
  return { nonce: toBase64Url(nonce), expiresAt };
}

/** Returns the expiry of a nonce that we issued and that has not expired. Does not check whether it was used. */
export function readNonce(keys: Keyring, nonce: string, now: Date): Date | undefined {
  const bytes = fromBase64Url(nonce);
  if (bytes?.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return undefined;
  const signed = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
  const mac = bytes.subarray(signed.length);
  if (!keys.all.map((key) => equalBytes(macOf(key, signed), mac)).includes(true)) return undefined;
  const expiresAt = new Date(Number(new DataView(signed.buffer, signed.byteOffset).getBigUint64(0)));
  return expiresAt > now ? expiresAt : undefined;
}

function macOf(key: RootKey, signed: Uint8Array): Uint8Array {
  return key.mac("google nonce", signed).subarray(0, MAC_BYTES);
}
