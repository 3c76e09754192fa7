import assert from "node:assert/strict";
import {
  type StoredPasskey,
  verifyAuthentication,
} from "../../src/accounts/factors/passkeys/authentication.ts";
import { authenticationOptions, registrationOptions } from "../../src/accounts/factors/passkeys/options.ts";
import { type NewPasskey, verifyRegistration } from "../../src/accounts/factors/passkeys/registration.ts";
import { relyingPartyOf } from "../../src/accounts/factors/passkeys/relying_party.ts";
import { credentialIdOf, userHandleOf } from "../../src/accounts/factors/passkeys/response_json.ts";
import { toBase64Url } from "../../src/lib/crypto.ts";
import { type Behaviour, SoftwareAuthenticator } from "../support/authenticator.ts";

const ORIGIN = "https://auth.example.com";
const RP = relyingPartyOf(new URL(ORIGIN), []);

function user(name: string) {
  return { name, displayName: name.toUpperCase(), handle: new TextEncoder().encode(`handle of ${name}`) };
}

async function registered(authenticator: SoftwareAuthenticator, name = "ada"): Promise<NewPasskey> {
  const { challenge, options } = await registrationOptions(RP, user(name), []);
  const result = await verifyRegistration(RP, challenge, authenticator.create(options, ORIGIN));
  assert.ok("passkey" in result, JSON.stringify(result));
  return result.passkey;
}

async function authenticated(authenticator: SoftwareAuthenticator, passkey: StoredPasskey) {
  const { challenge, options } = await authenticationOptions(RP);
  return await verifyAuthentication(RP, challenge, passkey, authenticator.get(options, ORIGIN));
}

Deno.test("the options for a registration ask for a discoverable passkey of a verified user", async () => {
  const { challenge, options } = await registrationOptions(RP, user("ada"), [{
    id: "AQID",
    transports: ["usb"],
  }]);
  const { extensions: _, hints: __, ...rest } = options;
  assert.equal(Uint8Array.fromBase64(challenge, { alphabet: "base64url" }).length, 32);
  assert.deepEqual(rest, {
    challenge,
    rp: { id: "auth.example.com", name: "auth.example.com" },
    user: { id: toBase64Url(user("ada").handle), name: "ada", displayName: "ADA" },
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ alg, type: "public-key" })),
    timeout: 300_000,
    attestation: "none",
    excludeCredentials: [{ id: "AQID", transports: ["usb"], type: "public-key" }],
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
  });
  assert.notEqual((await registrationOptions(RP, user("ada"), [])).challenge, challenge);
});

Deno.test("the options for an authentication name the passkeys of a known user, and none otherwise", async () => {
  const { challenge, options } = await authenticationOptions(RP);
  assert.deepEqual(JSON.parse(JSON.stringify(options)), {
    challenge,
    rpId: "auth.example.com",
    timeout: 300_000,
    userVerification: "required",
  });
  const allowing = await authenticationOptions(RP, [{ id: "AQID", transports: ["usb"] }]);
  assert.deepEqual(allowing.options.allowCredentials, [{
    id: "AQID",
    transports: ["usb"],
    type: "public-key",
  }]);
  assert.notEqual(allowing.challenge, challenge);
});

Deno.test("a user registers a passkey and authenticates with it", async () => {
  const authenticator = new SoftwareAuthenticator();
  const passkey = await registered(authenticator);
  const { challenge, options } = await authenticationOptions(RP);
  const response = authenticator.get(options, ORIGIN);
  assert.equal(credentialIdOf(response), passkey.credentialId);
  assert.deepEqual(userHandleOf(response), user("ada").handle);
  assert.deepEqual(await verifyAuthentication(RP, challenge, passkey, response), {
    counter: 2,
    backedUp: false,
    counterWentBack: false,
  });
});

const KINDS: [string, Partial<Behaviour>, Pick<NewPasskey, "deviceType" | "backedUp">][] = [
  ["a security key", {}, { deviceType: "singleDevice", backedUp: false }],
  ["a passkey that can be synchronised", { backupEligible: true }, {
    deviceType: "multiDevice",
    backedUp: false,
  }],
  ["a synchronised passkey", { backupEligible: true, backedUp: true }, {
    deviceType: "multiDevice",
    backedUp: true,
  }],
];

for (const [kind, behaviour, expected] of KINDS) {
  Deno.test(`the server knows ${kind}`, async () => {
    const { deviceType, backedUp } = await registered(new SoftwareAuthenticator(behaviour));
    assert.deepEqual({ deviceType, backedUp }, expected);
  });
}

Deno.test("a passkey that is synchronised later says so", async () => {
  const authenticator = new SoftwareAuthenticator({ backupEligible: true });
  const passkey = await registered(authenticator);
  authenticator.behaviour.backedUp = true;
  const result = await authenticated(authenticator, passkey);
  assert.equal("backedUp" in result && result.backedUp, true);
});

Deno.test("a passkey that is backed up but cannot be is malformed", async () => {
  const authenticator = new SoftwareAuthenticator();
  const passkey = await registered(authenticator);
  authenticator.behaviour.backedUp = true;
  assert.deepEqual(await authenticated(authenticator, passkey), { refused: "malformed" });
});

/** The stored counter, the next one, and whether that is reported. */
const COUNTERS: [number, number, boolean][] = [
  [5, 6, false],
  [5, 5, true],
  [5, 4, true],
  [5, 0, true],
  [0, 0, false],
  [0, 1, false],
];

Deno.test("a counter that does not grow is reported, and the user is authenticated", async () => {
  const authenticator = new SoftwareAuthenticator();
  const passkey = await registered(authenticator);
  const [credential] = authenticator.credentials;
  assert.ok(credential);
  for (
    const [stored, next, counterWentBack] of COUNTERS
  ) {
    credential.counter = next - authenticator.behaviour.counterStep;
    const result = await authenticated(authenticator, { ...passkey, counter: stored });
    assert.deepEqual(
      result,
      { counter: next, backedUp: false, counterWentBack },
      `${stored} → ${next}`,
    );
  }
});

Deno.test("an authenticator that does not verify the user is refused", async () => {
  const authenticator = new SoftwareAuthenticator();
  const passkey = await registered(authenticator);
  authenticator.behaviour.verifiesUser = false;
  assert.deepEqual(await authenticated(authenticator, passkey), { refused: "user_verification" });
  const { challenge, options } = await registrationOptions(RP, user("bob"), []);
  assert.deepEqual(await verifyRegistration(RP, challenge, authenticator.create(options, ORIGIN)), {
    refused: "user_verification",
  });
});

Deno.test("an authenticator keeps several accounts and offers those that the server allows", async () => {
  const authenticator = new SoftwareAuthenticator();
  const [ada, bob] = [await registered(authenticator, "ada"), await registered(authenticator, "bob")];
  const { options } = await authenticationOptions(RP);
  assert.equal(authenticator.get(options, ORIGIN).id, bob.credentialId);
  assert.equal(authenticator.get(options, ORIGIN, "ada").id, ada.credentialId);
  const allowing = await authenticationOptions(RP, [{ id: ada.credentialId, transports: [] }]);
  assert.equal(authenticator.get(allowing.options, ORIGIN).id, ada.credentialId);
  assert.throws(() => authenticator.get({ ...options, rpId: "example.com" }, ORIGIN), {
    name: "NotAllowedError",
  });
});

Deno.test("an authenticator does not make a second passkey for the same user", async () => {
  const authenticator = new SoftwareAuthenticator();
  const { credentialId } = await registered(authenticator);
  const { options } = await registrationOptions(RP, user("ada"), [{ id: credentialId, transports: [] }]);
  assert.throws(() => authenticator.create(options, ORIGIN), { name: "InvalidStateError" });
});
