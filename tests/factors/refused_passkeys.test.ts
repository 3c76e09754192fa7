import assert from "node:assert/strict";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import {
  type StoredPasskey,
  verifyAuthentication,
} from "../../src/accounts/factors/passkeys/authentication.ts";
import type { Refusal } from "../../src/accounts/factors/passkeys/refusal.ts";
import { verifyRegistration } from "../../src/accounts/factors/passkeys/registration.ts";
import { type RelyingParty, relyingPartyOf } from "../../src/accounts/factors/passkeys/relying_party.ts";
import { toBase64Url } from "../../src/lib/crypto.ts";
import { SoftwareAuthenticator } from "../support/authenticator.ts";
import { bytes, flipped, vector, withAttestation } from "../support/webauthn_vectors.ts";

const RP = relyingPartyOf(new URL("https://example.org"), []);
const GOOD = vector("none-es256-crossOrigin");
const SELF_SIGNED = vector("packed-self-es256");
const FRAMED = vector("none-es256-topOrigin");

/** What a test passes to a function; each test changes one part of a call that succeeds. */
type Call<Response> = { rp: RelyingParty; challenge: string; response: Response };

async function refusalOf({ rp, challenge, response }: Call<unknown>): Promise<Refusal | undefined> {
  const result = await verifyRegistration(rp, challenge, response);
  return "refused" in result ? result.refused : undefined;
}

const otherSite = { ...RP, origins: ["https://example.org.evil.test", "http://example.org"] };

const REGISTRATIONS: [string, Refusal, (call: typeof REGISTERING) => Call<unknown>][] = [
  ["of another challenge", "challenge", (call) => ({ ...call, challenge: flipped(call.challenge, 0) })],
  ["made at another origin", "origin", (call) => ({ ...call, rp: otherSite })],
  ["for another relying party", "rp_id", (call) => ({ ...call, rp: { ...RP, id: "example.com" } })],
  ["for a subdomain", "rp_id", (call) => ({ ...call, rp: { ...RP, id: "login.example.org" } })],
  ["that is an authentication", "malformed", (call) => ({ ...call, response: GOOD.authentication.response })],
  ["with the client data of an authentication", "malformed", (call) => ({
    ...call,
    challenge: GOOD.authentication.challenge,
    response: inside(call.response, {
      clientDataJSON: GOOD.authentication.response.response.clientDataJSON,
    }),
  })],
  ["without user verification", "user_verification", (call) => ({
    ...call,
    response: withFlags(call.response, (flags) => flags & ~4),
  })],
  ["without a user present", "user_verification", (call) => ({
    ...call,
    response: withFlags(call.response, (flags) => flags & ~1),
  })],
  ["backed up, but not eligible for backups", "malformed", (call) => ({
    ...call,
    response: withFlags(call.response, (flags) => flags | 16),
  })],
  ["without attested data", "malformed", (call) => ({
    ...call,
    response: withFlags(call.response, (flags) => flags & ~64),
  })],
  ["with a statement in the attestation none", "attestation", (call) => ({
    ...call,
    response: withAttestation(call.response, (all) => ({ ...all, attStmt: new Map([["alg", -7]]) })),
  })],
  ["with certificates in self attestation", "attestation", (call) => ({
    ...call,
    response: withAttestation(call.response, (all) => ({
      ...all,
      fmt: "packed",
      attStmt: new Map([["x5c", null]]),
    })),
  })],
  ["with an unknown attestation format", "attestation", (call) => ({
    ...call,
    response: withAttestation(call.response, (all) => ({ ...all, fmt: "compound" })),
  })],
  ["with an id that is not the credential's", "malformed", (call) => ({
    ...call,
    response: withId(call.response, SELF_SIGNED.registration.response.id),
  })],
  ["with more bytes after the public key", "malformed", (call) => ({
    ...call,
    response: withAttestation(call.response, (all) => ({
      ...all,
      authData: new Uint8Array([...all.authData, 0]),
    })),
  })],
];

const REGISTERING = { rp: RP, ...GOOD.registration };

for (const [what, refusal, change] of REGISTRATIONS) {
  Deno.test(`a registration ${what} is refused for that alone`, async () => {
    assert.equal(await refusalOf(REGISTERING), undefined);
    assert.equal(await refusalOf(change(REGISTERING)), refusal);
  });
}

Deno.test("a registration whose self attestation was tampered with is refused for its signature", async () => {
  const call = { rp: RP, ...SELF_SIGNED.registration };
  assert.equal(await refusalOf(call), undefined);
  const counted = withAttestation(
    call.response,
    (all) => ({ ...all, authData: changed(all.authData, 36, (byte) => byte + 1) }),
  );
  assert.equal(await refusalOf({ ...call, response: counted }), "signature");
  const unsigned = withAttestation(call.response, (all) => ({ ...all, attStmt: new Map([["alg", -7]]) }));
  assert.equal(await refusalOf({ ...call, response: unsigned }), "signature");
});

const passkey = await stored(GOOD.registration);
const AUTHENTICATING = { rp: RP, ...GOOD.authentication, passkey };
type Authenticating = Call<unknown> & { passkey: StoredPasskey };

const AUTHENTICATIONS: [string, Refusal, (call: typeof AUTHENTICATING) => Authenticating][] = [
  ["of another challenge", "challenge", (call) => ({ ...call, challenge: flipped(call.challenge, 0) })],
  ["made at another origin", "origin", (call) => ({ ...call, rp: otherSite })],
  ["for another relying party", "rp_id", (call) => ({ ...call, rp: { ...RP, id: "example.com" } })],
  ["that is a registration", "malformed", (call) => ({ ...call, response: GOOD.registration.response })],
  ["with the client data of a registration", "malformed", (call) => ({
    ...call,
    challenge: GOOD.registration.challenge,
    response: inside(call.response, { clientDataJSON: GOOD.registration.response.response.clientDataJSON }),
  })],
  ["whose authenticator data says that the user was not verified", "user_verification", (call) => ({
    ...call,
    response: withData(call.response, 32, (flags) => flags & ~4),
  })],
  [
    "whose counter was changed",
    "signature",
    (call) => ({ ...call, response: withData(call.response, 36, (byte) => byte + 1) }),
  ],
  ["whose flag for backups was changed", "signature", (call) => ({
    ...call,
    response: withData(call.response, 32, (flags) => flags | 8),
  })],
  ["whose client data has one more space", "signature", (call) => ({
    ...call,
    response: inside(call.response, { clientDataJSON: longer(call.response.response.clientDataJSON) }),
  })],
  ["whose signature's last bit was changed", "signature", (call) => ({
    ...call,
    response: inside(call.response, { signature: flipped(call.response.response.signature, -1) }),
  })],
  ["whose signature is not DER", "signature", (call) => ({
    ...call,
    response: inside(call.response, { signature: flipped(call.response.response.signature, 0) }),
  })],
  ["with another credential's key", "signature", (call) => ({
    ...call,
    passkey: { ...call.passkey, publicKey: otherKey },
  })],
  ["of another credential", "credential", (call) => ({
    ...call,
    passkey: { ...call.passkey, credentialId: SELF_SIGNED.registration.response.id },
  })],
  ["with a key that cannot be read", "signature", (call) => ({
    ...call,
    passkey: { ...call.passkey, publicKey: new Uint8Array([0xa0]) },
  })],
];

const { publicKey: otherKey } = await stored(SELF_SIGNED.registration);

for (const [what, refusal, change] of AUTHENTICATIONS) {
  Deno.test(`an authentication ${what} is refused for that alone`, async () => {
    assert.equal(await authenticationRefusal(AUTHENTICATING), undefined);
    assert.equal(await authenticationRefusal(change(AUTHENTICATING)), refusal);
  });
}

Deno.test("a frame may ask for a passkey only inside a page of the allowed origins", async () => {
  const allowing = relyingPartyOf(new URL("https://example.org"), ["https://example.com"]);
  const { challenge, response } = FRAMED.registration;
  const verified = withFlags(response, (flags) => flags | 4);
  assert.equal(await refusalOf({ rp: allowing, challenge, response: verified }), undefined);
  assert.equal(await refusalOf({ rp: RP, challenge, response: verified }), "origin");

  const passkey = await stored({ challenge, response: verified }, allowing);
  const call = { ...FRAMED.authentication, passkey };
  assert.equal(await authenticationRefusal({ ...call, rp: allowing }), undefined);
  assert.equal(await authenticationRefusal({ ...call, rp: RP }), "origin");
});

Deno.test("a response signed at a phishing site is refused for its origin", async () => {
  const authenticator = new SoftwareAuthenticator();
  const site = relyingPartyOf(new URL("https://example.org"), []);
  const challenge = toBase64Url(new Uint8Array(32));
  const creation = {
    rp: { id: site.id, name: site.name },
    user: { id: "AQ", name: "ada", displayName: "Ada" },
    challenge,
    pubKeyCredParams: [{ alg: -7, type: "public-key" as const }],
  };
  const response = authenticator.create(creation, "https://example.org");
  const passkey = await stored({ challenge, response });
  for (
    const [origin, refusal] of [
      ["https://example.org", undefined],
      ["https://examp1e.org", "origin"],
      ["https://example.org:8443", "origin"],
      ["https://login.example.org", "origin"],
    ] as const
  ) {
    const response = authenticator.get({ challenge, rpId: site.id }, origin);
    assert.equal(await authenticationRefusal({ rp: site, challenge, response, passkey }), refusal, origin);
  }
});

async function stored(
  { challenge, response }: { challenge: string; response: unknown },
  rp = RP,
): Promise<StoredPasskey> {
  const result = await verifyRegistration(rp, challenge, response);
  assert.ok("passkey" in result, JSON.stringify(result));
  return result.passkey;
}

async function authenticationRefusal(call: Authenticating): Promise<Refusal | undefined> {
  const result = await verifyAuthentication(call.rp, call.challenge, call.passkey, call.response);
  return "refused" in result ? result.refused : undefined;
}

/** Changes fields of the authenticator's response. */
function inside<Sent extends { response: object }>(sent: Sent, change: Partial<Sent["response"]>): Sent {
  return { ...sent, response: { ...sent.response, ...change } };
}

function withId<Sent extends { id: string; rawId: string }>(sent: Sent, id: string): Sent {
  return { ...sent, id, rawId: id };
}

/** Changes the flags in a registration. */
function withFlags(
  sent: RegistrationResponseJSON,
  change: (flags: number) => number,
): RegistrationResponseJSON {
  return withAttestation(sent, (all) => ({ ...all, authData: changed(all.authData, 32, change) }));
}

/** Changes one byte of an authentication's authenticator data. */
function withData(
  sent: AuthenticationResponseJSON,
  at: number,
  change: (byte: number) => number,
): AuthenticationResponseJSON {
  const data = changed(bytes(sent.response.authenticatorData), at, change);
  return inside(sent, { authenticatorData: toBase64Url(data) });
}

function changed(data: Uint8Array<ArrayBuffer>, at: number, change: (byte: number) => number) {
  return data.map((byte, index) => index === at ? change(byte) : byte);
}

function longer(clientDataJSON: string): string {
  return toBase64Url(new Uint8Array([...bytes(clientDataJSON), 0x20]));
}
