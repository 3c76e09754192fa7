import { ALGORITHMS, loadLibrary } from "./library.ts";

/** An RSA key of 4,096 bits has about 530. */
const MOST_KEY_BYTES = 1024;

/** A well-formed ECDSA signature (r = s = 1), because the library reads the signature before the key. */
const WRONG_SIGNATURE = new Uint8Array([0x30, 6, 2, 1, 1, 2, 1, 1]);

/** Whether the library can verify signatures with this untrusted COSE_Key (RFC 9052 §7), and we accept its algorithm. */
export async function isUsableKey(publicKey: Uint8Array): Promise<boolean> {
  if (publicKey.length > MOST_KEY_BYTES) return false;
  const { cose, decodeCredentialPublicKey, verifySignature } = await loadLibrary();
  try {
    const credentialPublicKey = new Uint8Array(publicKey);
    const algorithm = decodeCredentialPublicKey(credentialPublicKey).get(cose.COSEKEYS.alg);
    if (algorithm === undefined || !ALGORITHMS.includes(algorithm)) return false;
    // Throws for a key that it cannot use, and returns false for one that it can.
    return !await verifySignature({
      signature: WRONG_SIGNATURE,
      data: new Uint8Array(),
      credentialPublicKey,
    });
  } catch {
    return false;
  }
}
