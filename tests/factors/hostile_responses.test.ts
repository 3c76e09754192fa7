import assert from "node:assert/strict";
import { verifyAuthentication } from "../../src/accounts/factors/passkeys/authentication.ts";
import { verifyRegistration } from "../../src/accounts/factors/passkeys/registration.ts";
import { relyingPartyOf } from "../../src/accounts/factors/passkeys/relying_party.ts";
import { credentialIdOf, userHandleOf } from "../../src/accounts/factors/passkeys/response_json.ts";
import { toBase64Url } from "../../src/lib/crypto.ts";
import { type CBORType, encodeCBOR } from "@levischuck/tiny-cbor";
import { attestationObject } from "../support/authenticator.ts";
import { bytes, vector, withAttestation } from "../support/webauthn_vectors.ts";

const RP = relyingPartyOf(new URL("https://example.org"), []);
const { registration, authentication } = vector("none-es256-crossOrigin");
const ID = registration.response.id;

const register = (response: unknown) => verifyRegistration(RP, registration.challenge, response);

async function authenticate(response: unknown) {
  const result = await register(registration.response);
  assert.ok("passkey" in result);
  return await verifyAuthentication(RP, authentication.challenge, result.passkey, response);
}

const NOT_RESPONSES: unknown[] = [
  undefined,
  null,
  true,
  0,
  "",
  ID,
  [],
  [registration.response],
  {},
  () => {},
];

Deno.test("values that are not responses are malformed", async () => {
  for (const value of NOT_RESPONSES) {
    assert.deepEqual(await register(value), { refused: "malformed" });
    assert.deepEqual(await authenticate(value), { refused: "malformed" });
    assert.deepEqual(await register({ ...registration.response, response: value }), { refused: "malformed" });
    assert.equal(userHandleOf(value), undefined);
  }
});

/** Each field that the server reads, with its path. */
const FIELDS = {
  registration: [["id"], ["rawId"], ["type"], ["response", "clientDataJSON"], [
    "response",
    "attestationObject",
  ]],
  authentication: [
    ["id"],
    ["rawId"],
    ["type"],
    ["response", "clientDataJSON"],
    ["response", "authenticatorData"],
    ["response", "signature"],
  ],
};

Deno.test("a field that is missing, of another type or not canonical base64url is malformed", async () => {
  assert.ok("passkey" in await register(registration.response));
  assert.ok("counter" in await authenticate(authentication.response));
  for (const path of FIELDS.registration) {
    for (const bad of badValues(registration.response, path)) {
      assert.deepEqual(await register(bad), { refused: "malformed" }, `${path} of ${JSON.stringify(bad)}`);
    }
  }
  for (const path of FIELDS.authentication) {
    for (const bad of badValues(authentication.response, path)) {
      assert.deepEqual(
        await authenticate(bad),
        { refused: "malformed" },
        `${path} of ${JSON.stringify(bad)}`,
      );
    }
  }
});

Deno.test("fields that come from a prototype do not count", async () => {
  const inherited = Object.create(registration.response);
  assert.deepEqual(await register(inherited), { refused: "malformed" });
  assert.equal(credentialIdOf(inherited), undefined);
  const parsed = JSON.parse(`{"__proto__": ${JSON.stringify(registration.response)}}`);
  assert.deepEqual(await register(parsed), { refused: "malformed" });
});

Deno.test("the names of an object's own machinery change nothing", async () => {
  const pollution = `"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}`;
  const parsed = JSON.parse(`{${pollution}, ${JSON.stringify(registration.response).slice(1)}`);
  assert.ok("passkey" in await register(parsed));
  const sent = withAttestation(registration.response, (all) => ({
    ...all,
    authData: withExtensions(all.authData, new Map([["__proto__", new Map([["polluted", 1]])]])),
  }));
  assert.ok("passkey" in await register(sent));
  assert.equal("polluted" in {}, false);
});

Deno.test("a response of more than 64 KiB is malformed, wherever its length is", async () => {
  const padding = (characters: number) => ({
    ...registration.response,
    clientExtensionResults: { padding: "x".repeat(characters) },
  });
  const rest = JSON.stringify(padding(0)).length;
  assert.ok("passkey" in await register(padding(64 * 1024 - rest)));
  assert.deepEqual(await register(padding(64 * 1024 - rest + 1)), { refused: "malformed" });
  assert.deepEqual(await register(padding(1_000_000)), { refused: "malformed" });
  assert.deepEqual(await authenticate({ ...authentication.response, more: "x".repeat(1_000_000) }), {
    refused: "malformed",
  });
});

Deno.test("deep nesting is malformed in JSON, client data and CBOR", async () => {
  let nested: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) nested = [nested];
  assert.deepEqual(await register({ ...registration.response, clientExtensionResults: nested }), {
    refused: "malformed",
  });
  const arrays = (count: number) => new Uint8Array(count).fill(0x81);
  for (
    const response of [
      { attestationObject: toBase64Url(arrays(40_000)) },
      { clientDataJSON: toBase64Url(new TextEncoder().encode("[".repeat(40_000))) },
      { clientDataJSON: toBase64Url(new TextEncoder().encode(`${"[".repeat(20_000)}${"]".repeat(20_000)}`)) },
    ]
  ) {
    const sent = { ...registration.response, response: { ...registration.response.response, ...response } };
    assert.deepEqual(await register(sent), { refused: "malformed" });
  }
  const sent = withAttestation(registration.response, (all) => ({
    ...all,
    authData: new Uint8Array([
      ...all.authData.map((byte, at) => at === 32 ? byte | 128 : byte),
      ...arrays(40_000),
    ]),
  }));
  assert.deepEqual(await register(sent), { refused: "malformed" });
});

Deno.test("attestation that is not a map of the right types is malformed or refused", async () => {
  const cbor = [[0xa0], [0x00], [0xf6], [0x80], [0x9b, 255, 255, 255, 255, 255, 255, 255, 255], [0xff]];
  const texts = [
    ...cbor.map((each) => toBase64Url(new Uint8Array(each))),
    toBase64Url(attestationObject("none", new Map(), new Uint8Array(36))),
  ];
  for (const attestationObject of texts) {
    const response = { ...registration.response.response, attestationObject };
    assert.deepEqual(await register({ ...registration.response, response }), { refused: "malformed" });
  }
  const listed = withAttestation(registration.response, (all) => ({ ...all, attStmt: [] }));
  assert.deepEqual(await register(listed), { refused: "attestation" });
});

/** Replaces the key by an RSA key for RS256 with this modulus, the exponent 65537, and another parameter. */
function withRsaKey(modulus: Uint8Array, other: Uint8Array) {
  const key = encodeCBOR(
    new Map<number, CBORType>([[1, 3], [3, -257], [-1, modulus], [-2, new Uint8Array([1, 0, 1])], [
      -100,
      other,
    ]]),
  );
  const sent = withAttestation(registration.response, (all) => {
    const before = all.authData.slice(0, 32 + 1 + 4 + 16 + 2 + 32);
    return { ...all, authData: new Uint8Array([...before, ...key]) };
  });
  return { sent, bytes: key.length };
}

Deno.test("a public key of more than 1 KiB, or one that cannot verify, is malformed", async () => {
  const modulus = new Uint8Array(256).fill(255);
  const longest = withRsaKey(modulus, new Uint8Array(747));
  assert.equal(longest.bytes, 1024);
  assert.ok("passkey" in await register(longest.sent));
  const tooLong = withRsaKey(modulus, new Uint8Array(748));
  assert.deepEqual(await register(tooLong.sent), { refused: "malformed" });
  const useless = withRsaKey(new Uint8Array(256), new Uint8Array());
  assert.deepEqual(await register(useless.sent), { refused: "malformed" });
});

Deno.test("transports are a short list of words", async () => {
  const withTransports = (transports: unknown) => ({
    ...registration.response,
    response: { ...registration.response.response, transports },
  });
  for (const good of [undefined, null, [], ["usb", "smart-card", "newer"]]) {
    const result = await register(withTransports(good));
    assert.ok("passkey" in result);
    assert.deepEqual(result.passkey.transports, good ?? []);
  }
  for (const bad of ["usb", { 0: "usb" }, [1], ["USB"], ["a b"], ["x".repeat(33)], Array(9).fill("usb")]) {
    assert.deepEqual(await register(withTransports(bad)), { refused: "malformed" }, JSON.stringify(bad));
  }
});

Deno.test("a credential id has 1 to 1,023 bytes in canonical base64url", () => {
  const idOf = (length: number) => credentialIdOf({ id: toBase64Url(new Uint8Array(length)) });
  assert.equal(credentialIdOf(registration.response), ID);
  assert.equal(idOf(1), "AA");
  assert.equal(idOf(1023)?.length, 1364);
  for (const length of [0, 1024, 100_000]) assert.equal(idOf(length), undefined);
  for (const id of ["AB", "AA==", "A", "+/+/", "A A", "\u0000AA", 12, null, { toString: () => "AA" }]) {
    assert.equal(credentialIdOf({ id }), undefined, String(id));
  }
});

Deno.test("a user handle has 1 to 64 bytes; a response may have none", async () => {
  const withHandle = (userHandle: unknown) => ({
    ...authentication.response,
    response: { ...authentication.response.response, userHandle },
  });
  const handle = new Uint8Array(64).fill(7);
  assert.deepEqual(userHandleOf(withHandle(toBase64Url(handle))), handle);
  for (const good of [toBase64Url(handle), null, undefined]) {
    assert.ok("counter" in await authenticate(withHandle(good)));
  }
  for (const bad of ["", "AB", toBase64Url(new Uint8Array(65)), 1, [], {}]) {
    assert.equal(userHandleOf(withHandle(bad)), undefined);
    assert.deepEqual(await authenticate(withHandle(bad)), { refused: "malformed" }, JSON.stringify(bad));
  }
});

/** Returns the response with a bad value at a path. */
function badValues(response: object, [first = "", second]: string[]): unknown[] {
  const at = (value: unknown): unknown => {
    const outer: Record<string, unknown> = { ...response };
    return { ...outer, [first]: second ? { ...outer[first] as object, [second]: value } : value };
  };
  const outer: Record<string, unknown> = { ...response };
  const good = String(second ? (outer[first] as Record<string, unknown>)[second] : outer[first]);
  const bad = [
    undefined,
    null,
    1,
    "",
    {},
    [good],
    { toString: () => good },
    `${good}=`,
    ` ${good}`,
    `${good}.`,
  ];
  return [...bad, bytes("AAAA"), `${good}A`.slice(0, -2)].map(at);
}

function withExtensions(
  authData: Uint8Array,
  extensions: Map<string, Map<string, number>>,
): Uint8Array<ArrayBuffer> {
  const flagged = authData.map((byte, at) => at === 32 ? byte | 128 : byte);
  return new Uint8Array([...flagged, ...encodeCBOR(extensions)]);
}
