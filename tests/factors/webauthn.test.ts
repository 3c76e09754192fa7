import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createPrivateKey, sign } from "node:crypto";
import {
  type StoredPasskey,
  verifyAuthentication,
} from "../../src/accounts/factors/passkeys/authentication.ts";
import { verifyRegistration } from "../../src/accounts/factors/passkeys/registration.ts";
import { relyingPartyOf } from "../../src/accounts/factors/passkeys/relying_party.ts";
import { sha256, toBase64Url } from "../../src/lib/crypto.ts";
import {
  bytes,
  ED25519_SEED,
  flipped,
  userVerified,
  vector,
  VECTOR_NAMES,
  type VectorName,
  withAttestation,
  withoutAttestation,
} from "../support/webauthn_vectors.ts";

const RP = relyingPartyOf(new URL("https://example.org"), []);
/** The page that embeds the frame of one vector. */
const RP_WITH_FRAMES = relyingPartyOf(new URL("https://example.org"), ["https://example.com"]);

/** The vectors whose authenticator verified the user, in either half. */
const WITH_USER_VERIFICATION = {
  registration: ["packed-self-es256", "none-es256-crossOrigin"],
  authentication: [
    "none-es256-crossOrigin",
    "none-es256-topOrigin",
    "none-es256-long-credential-id",
    "packed-es256",
    "tpm-es256",
  ],
} as const satisfies Record<string, VectorName[]>;

async function passkeyOf(name: VectorName, rp = RP_WITH_FRAMES): Promise<StoredPasskey> {
  const { challenge, response } = vector(name).registration;
  const result = await verifyRegistration(rp, challenge, withoutAttestation(response));
  assert.ok("passkey" in result, `${name} registers: ${JSON.stringify(result)}`);
  return result.passkey;
}

for (const name of WITH_USER_VERIFICATION.registration) {
  Deno.test(`the specification's registration ${name} is accepted as it is`, async () => {
    const { challenge, response } = vector(name).registration;
    const result = await verifyRegistration(RP, challenge, response);
    assert.ok("passkey" in result, JSON.stringify(result));
    assert.equal(result.passkey.credentialId, response.id);
    assert.equal(result.passkey.counter, 0);
  });
}

Deno.test("a registration tells the authenticator's model, transports and backups", async () => {
  const { challenge, response } = vector("none-es256").registration;
  const sent = withoutAttestation(response);
  sent.response.transports = ["internal", "hybrid", "internal"];
  const result = await verifyRegistration(RP, challenge, sent);
  assert.ok("passkey" in result, JSON.stringify(result));
  const { publicKey, ...passkey } = result.passkey;
  assert.equal(publicKey.length, 77);
  assert.deepEqual(passkey, {
    credentialId: "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
    counter: 0,
    deviceType: "multiDevice",
    backedUp: true,
    aaguid: "8446ccb9-ab1d-b374-750b-2367ff6f3a1f",
    transports: ["internal", "hybrid"],
  });
});

for (const name of WITH_USER_VERIFICATION.authentication) {
  Deno.test(`the specification's authentication ${name} is accepted as it is`, async () => {
    const { challenge, response } = vector(name).authentication;
    const result = await verifyAuthentication(RP_WITH_FRAMES, challenge, await passkeyOf(name), response);
    assert.deepEqual(result, { counter: 0, backedUp: false, counterWentBack: false });
  });
}

Deno.test("vectors without user verification are refused, and those alone", async () => {
  const refused = { registration: [] as VectorName[], authentication: [] as VectorName[] };
  for (const name of VECTOR_NAMES.filter((each) => !/es384|es512|ed448/.test(each))) {
    const { registration, authentication } = vector(name);
    const made = await verifyRegistration(RP_WITH_FRAMES, registration.challenge, registration.response);
    if ("refused" in made && made.refused === "user_verification") refused.registration.push(name);
    const stored = await passkeyOf(name);
    const { challenge, response } = authentication;
    const result = await verifyAuthentication(RP_WITH_FRAMES, challenge, stored, response);
    if ("refused" in result) {
      assert.equal(result.refused, "user_verification", name);
      refused.authentication.push(name);
    }
  }
  assert.deepEqual(refused.registration, [
    "none-es256",
    "none-es256-topOrigin",
    "none-es256-long-credential-id",
    "packed-eddsa",
    "apple-es256",
    "fido-u2f-es256",
  ]);
  const accepted: readonly string[] = WITH_USER_VERIFICATION.authentication;
  assert.deepEqual(
    refused.authentication,
    VECTOR_NAMES.filter((each) => !/es384|es512|ed448/.test(each) && !accepted.includes(each)),
  );
});

Deno.test("attestation with certificates is refused in each format", async () => {
  for (const name of ["packed-es256", "packed-rs256", "tpm-es256", "android-key-es256"] as const) {
    const { challenge, response } = vector(name).registration;
    assert.deepEqual(await verifyRegistration(RP, challenge, response), { refused: "attestation" }, name);
  }
  for (const name of ["apple-es256", "fido-u2f-es256"] as const) {
    const { challenge, response } = vector(name).registration;
    const verified = withAttestation(response, (all) => ({ ...all, authData: userVerified(all.authData) }));
    assert.deepEqual(await verifyRegistration(RP, challenge, verified), { refused: "attestation" }, name);
  }
});

Deno.test("algorithms that we do not offer are refused", async () => {
  for (const name of ["packed-es384", "packed-es512", "packed-ed448"] as const) {
    const { challenge, response } = vector(name).registration;
    const sent = withoutAttestation(response);
    assert.deepEqual(await verifyRegistration(RP, challenge, sent), { refused: "malformed" }, name);
  }
});

/** Signs with the private key of a vector whose signatures are deterministic. */
const SIGNERS = { "packed-eddsa": signWithEd25519, "packed-rs256": signWithRsa };

for (const name of ["packed-eddsa", "packed-rs256"] as const) {
  Deno.test(`the key of ${name} authenticates`, async () => {
    const { challenge, response } = vector(name).authentication;
    const { clientDataJSON, authenticatorData, signature } = response.response;
    const signed = (data: Uint8Array) =>
      SIGNERS[name](new Uint8Array([...data, ...sha256(bytes(clientDataJSON))]));
    assert.equal(toBase64Url(signed(bytes(authenticatorData))), signature, "as the specification signed");

    // Its authenticator did not verify the user.
    const data = userVerified(bytes(authenticatorData));
    const sent = {
      ...response,
      response: {
        ...response.response,
        authenticatorData: toBase64Url(data),
        signature: toBase64Url(signed(data)),
      },
    };
    const stored = await passkeyOf(name);
    const result = await verifyAuthentication(RP, challenge, stored, sent);
    assert.ok("counter" in result, JSON.stringify(result));
    sent.response.signature = flipped(sent.response.signature, -1);
    assert.deepEqual(await verifyAuthentication(RP, challenge, stored, sent), { refused: "signature" });
  });
}

function signWithEd25519(message: Uint8Array): Uint8Array {
  /** RFC 8410 §7: what precedes the seed in PKCS #8. */
  const prefix = Uint8Array.fromHex("302e020100300506032b657004220420");
  const key = Buffer.from([...prefix, ...ED25519_SEED]);
  return sign(null, message, createPrivateKey({ key, format: "der", type: "pkcs8" }));
}

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2.1). The vector's primes are Mersenne primes. */
function signWithRsa(message: Uint8Array): Uint8Array {
  const [p, q] = [2n ** 1279n - 1n, 2n ** 2203n - 1n];
  const length = Math.ceil((1279 + 2203) / 8);
  const digestInfo = `3031300d060960864801650304020105000420${sha256(message).toHex()}`;
  const padding = "ff".repeat(length - 3 - digestInfo.length / 2);
  const padded = BigInt(`0x0001${padding}00${digestInfo}`);
  const signature = power(padded, inverse(65_537n, (p - 1n) * (q - 1n)), p * q);
  return Uint8Array.fromHex(signature.toString(16).padStart(2 * length, "0"));
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, factor = base; rest > 0n; rest >>= 1n, factor = factor * factor % modulus) {
    if (rest & 1n) result = result * factor % modulus;
  }
  return result;
}

/** The extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value, modulus, 1n, 0n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - a / b * y];
  return (x + modulus) % modulus;
}
