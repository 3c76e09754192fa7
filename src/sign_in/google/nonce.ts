import { equalBytes, fromBase64Url, type HasRandom, toBase64Url } from "../../lib/crypto.ts";
import type { HasKeys, Keyring, RootKey } from "../../platform/keys/root_key.ts";
import type { HasClock } from "../../lib/clock.ts";
import { GoogleNotConfigured, type HasGoogle } from "../../providers/google/api/google_api.ts";

/** R26. */
const LIFETIME_SECONDS = 5 * 60;

/** 128 bits: nobody guesses one, and none comes twice. */
const RANDOM_BYTES = 16;
/** Of the MAC as much as that is worth. */
const MAC_BYTES = 16;
const TIME_BYTES = 8;

/** For the `nonce` of an ID token (OpenID Connect Core §3.1.2.1). */
export type GoogleNonce = { nonce: string; expiresAt: Date };

/**
 * A nonce for a sign-in with Google. It carries its time and a MAC of ours, so that issuing one stores nothing; what is
 * stored is that it was used. Throws `GoogleNotConfigured`.
 */
export function issueGoogleNonce(
  { google, keys, random, now }: HasGoogle & HasKeys & HasRandom & HasClock,
): GoogleNonce {
  if (!google.configured) throw new GoogleNotConfigured();
  const expiresAt = new Date(now().getTime() + LIFETIME_SECONDS * 1000);
  const said = new Uint8Array(TIME_BYTES + RANDOM_BYTES);
  new DataView(said.buffer).setBigUint64(0, BigInt(expiresAt.getTime()));
  said.set(random(RANDOM_BYTES), TIME_BYTES);
  const nonce = new Uint8Array(said.length + MAC_BYTES);
  nonce.set(said);
  nonce.set(macOf(keys.current, said), said.length);
  return { nonce: toBase64Url(nonce), expiresAt };
}

/** When the nonce is over, if it is one of ours and is not over yet. Whether it was used is not checked. */
export function readNonce(keys: Keyring, nonce: string, now: Date): Date | undefined {
  const bytes = fromBase64Url(nonce);
  if (bytes?.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return undefined;
  const said = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
  const mac = bytes.subarray(said.length);
  if (!keys.all.map((key) => equalBytes(macOf(key, said), mac)).includes(true)) return undefined;
  const expiresAt = new Date(Number(new DataView(said.buffer, said.byteOffset).getBigUint64(0)));
  return expiresAt > now ? expiresAt : undefined;
}

function macOf(key: RootKey, said: Uint8Array): Uint8Array {
  return key.mac("google nonce", said).subarray(0, MAC_BYTES);
}
