import { type KeyObject, sign, verify } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";

/** The algorithms that sign tokens: Ed25519 (RFC 8037), and ECDSA with P-256 (RFC 7518 §3.4). */
export const SIGNING_ALGORITHMS = ["EdDSA", "ES256"] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export function isSigningAlgorithm(name: unknown): name is SigningAlgorithm {
  return SIGNING_ALGORITHMS.some((known) => known === name);
}

/** jose's name for a key pair of each algorithm. */
const CURVES: Record<SigningAlgorithm, string> = { EdDSA: "Ed25519", ES256: "ES256" };

/** JWS puts both numbers of an ECDSA signature into 64 bytes. Node's default is DER. */
const JWS_ENCODING = "ieee-p1363";

export function signText(algorithm: SigningAlgorithm, key: KeyObject, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return algorithm === "EdDSA"
    ? sign(null, bytes, key)
    : sign("sha256", bytes, { key, dsaEncoding: JWS_ENCODING });
}

export function isSignatureOf(
  algorithm: SigningAlgorithm,
  key: KeyObject,
  text: string,
  signature: Uint8Array,
): boolean {
  const bytes = new TextEncoder().encode(text);
  return algorithm === "EdDSA"
    ? verify(null, bytes, key, signature)
    : verify("sha256", bytes, { key, dsaEncoding: JWS_ENCODING }, signature);
}

/** Creates a key pair. Its id is the thumbprint of the public key (RFC 7638). */
export async function newKeyPair(
  algorithm: SigningAlgorithm,
): Promise<{ id: string; publicJwk: Record<string, unknown>; privateJwk: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair(CURVES[algorithm], { extractable: true });
  const jwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(jwk);
  const publicJwk = { ...jwk, kid: id, alg: algorithm, use: "sig" };
  return { id, publicJwk, privateJwk: await exportJWK(privateKey) };
}
