import assert from "node:assert/strict";
import { createGoogleClient } from "../../src/providers/google/api/google_client.ts";
import { Secret } from "../../src/lib/secret.ts";
import { part, read } from "../support/crafted_tokens.ts";
import { failureOf, rejectionOf, startGoogleRig } from "../support/google_rig.ts";

const ADA = { email: "ada@example.test" };

Deno.test("R26: an ID token contains the user's identity", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken({ ...ADA, picture: "https://pictures.test/ada" }, { nonce: "n-1" });
  const { subject, issuedAt, expiresAt, ...identity } = await rig.google.verifyIdToken(token);
  assert.deepEqual(identity, {
    issuer: "https://accounts.google.com",
    email: "ada@example.test",
    emailVerified: true,
    hostedDomain: "example.test",
    name: "Ada Example",
    picture: "https://pictures.test/ada",
    nonce: "n-1",
  });
  assert.equal(subject, rig.emulator.account(ADA).sub);
  assert.equal(expiresAt.getTime() - issuedAt.getTime(), 3600_000);
});

Deno.test("R26: both spellings of the issuer mean the same issuer", async () => {
  await using rig = await startGoogleRig();
  for (const issuer of ["accounts.google.com", "https://accounts.google.com"]) {
    const identity = await rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA, { issuer }));
    assert.equal(identity.issuer, "https://accounts.google.com");
  }
});

Deno.test("R26: unverified addresses and missing domains are reported as such", async () => {
  await using rig = await startGoogleRig();
  const unverified = { email: "eve@example.test", emailVerified: false, hd: null };
  const eve = await rig.google.verifyIdToken(rig.emulator.issueIdToken(unverified));
  assert.deepEqual([eve.emailVerified, eve.hostedDomain], [false, undefined]);
  for (const email_verified of ["true", 1, undefined]) {
    const token = rig.emulator.issueIdToken(ADA, { claims: { email_verified } });
    assert.equal((await rig.google.verifyIdToken(token)).emailVerified, false, `${email_verified}`);
  }
});

Deno.test("R26: a wrong issuer, audience, key or algorithm is rejected, each with its reason", async () => {
  await using rig = await startGoogleRig({ otherAudiences: ["our-phone-app"] });
  const reason = async (options: Parameters<typeof rig.emulator.issueIdToken>[1]) =>
    (await rejectionOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA, options)))).reason;
  for (const issuer of ["https://accounts.google.com.evil.test", "https://accounts.google.com/", ""]) {
    assert.equal(await reason({ issuer }), "issuer", issuer);
  }
  assert.equal(await reason({ audience: "another-client" }), "audience");
  assert.equal(
    await reason({ audience: "another-client", authorizedParty: rig.emulator.client.clientId }),
    "audience",
  );
  assert.equal(
    await reason({ claims: { aud: [rig.emulator.client.clientId] } }),
    "audience",
    "a list is not Google's",
  );
  assert.equal(await reason({ claims: { aud: undefined } }), "audience");
  const phone = rig.emulator.issueIdToken(ADA, { audience: "our-phone-app" });
  assert.equal((await rig.google.verifyIdToken(phone)).email, ADA.email, "any of our client ids");
  for (const alg of ["none", "HS256", "ES256"] as const) {
    assert.equal(await reason({ alg }), "algorithm", `${alg}`);
  }
  assert.equal(await reason({ kid: null }), "key");
  assert.equal(await reason({ kid: "unknown" }), "key");
  for (const kid of ["__proto__", "constructor", "toString"]) assert.equal(await reason({ kid }), "key");
  assert.equal(await reason({ claims: { sub: undefined } }), "claims");
  assert.equal(await reason({ claims: { sub: 7 } }), "claims");
  assert.equal(await reason({ claims: { exp: undefined } }), "claims");
  assert.equal(await reason({ claims: { iat: "now" } }), "claims");
  assert.equal(await reason({ claims: { exp: 4_000_000_000.5 } }), "claims");
});

Deno.test("R26: times have five minutes of leeway, and not one second more", async () => {
  await using rig = await startGoogleRig();
  const at = Math.floor(rig.clock.now().getTime() / 1000) * 1000;
  const { clientId, clientSecret } = rig.emulator.client;
  let now = new Date(at);
  const client = { clientId, clientSecret: new Secret(clientSecret) };
  const google = createGoogleClient({ client, endpoints: rig.emulator.endpoints, now: () => now });
  using _closing = { [Symbol.dispose]: () => google.close() };
  const iat = at / 1000;
  const token = rig.emulator.issueIdToken(ADA, { claims: { iat, nbf: iat + 60, exp: iat + 3600 } });
  const verifiedAt = async (seconds: number) => {
    now = new Date(at + seconds * 1000);
    return await google.verifyIdToken(token).then(() => "good", ({ rejection }) => rejection);
  };
  const { sub } = rig.emulator.account(ADA);
  const late = (claim: "iat" | "nbf" | "exp", seconds: number) => ({
    reason: "timing",
    claim,
    timing: { secondsSinceIat: seconds, secondsSinceNbf: seconds - 60, secondsUntilExp: 3600 - seconds },
    subject: sub,
    email: ADA.email,
  });
  assert.equal(await verifiedAt(0), "good");
  assert.equal(await verifiedAt(60 - 299), "good");
  assert.equal(await verifiedAt(60 - 300), "good");
  assert.deepEqual(await verifiedAt(60 - 301), late("nbf", 60 - 301));
  assert.deepEqual(await verifiedAt(-310), late("iat", -310));
  assert.equal(await verifiedAt(3600 + 299), "good");
  assert.equal(await verifiedAt(3600 + 300), "good");
  assert.deepEqual(await verifiedAt(3600 + 301), late("exp", 3600 + 301));
  assert.deepEqual(await verifiedAt(10 * 24 * 3600), late("exp", 10 * 24 * 3600));
});

Deno.test("the emulator's switches issue early and late tokens, and tokens for another audience", async () => {
  await using rig = await startGoogleRig();
  const reason = async () => await rejectionOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA)));
  rig.emulator.switches.idTokens = { times: { iat: -4000, exp: -400 } };
  const late = await reason();
  assert.deepEqual([late.reason, "claim" in late && late.claim], ["timing", "exp"]);
  rig.emulator.switches.idTokens = { times: { iat: 400, exp: 4000 } };
  const early = await reason();
  assert.deepEqual([early.reason, "claim" in early && early.claim], ["timing", "iat"]);
  rig.emulator.switches.idTokens = { audience: "another-client" };
  assert.equal((await reason()).reason, "audience");
});

Deno.test("R12: a token that is not in canonical form is rejected before it is parsed", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA);
  const [header = "", payload = "", signature = ""] = token.split(".");
  await rig.google.verifyIdToken(token);
  const others = {
    "padded": `${header}.${payload}.${signature}==`,
    "base64": [header, payload, signature.replaceAll("-", "+").replaceAll("_", "/")].join(".") + "+",
    "bits that do not count": `${header}.${payload}.${lastBitFlipped(signature)}`,
    "white space": `${header}.${payload}.${signature}\n`,
    "a part too many": `${token}.`,
    "a part too few": `${header}.${payload}`,
    "nothing": "",
    "dots": "..",
    "no signature": `${header}.${payload}.`,
    "no JSON": `${header}.${part("hello")}.${signature}`,
    "a list": `${header}.${part("[]")}.${signature}`,
    "not UTF-8": `${header}.${part(Uint8Array.of(0x7b, 0xff, 0x7d))}.${signature}`,
    "too long": `${header}.${part({ long: "x".repeat(10_000) })}.${signature}`,
  };
  for (const [what, other] of Object.entries(others)) {
    const { reason } = await rejectionOf(rig.google.verifyIdToken(other));
    assert.equal(reason, what === "no signature" ? "signature" : "malformed", what);
  }
});

/** Encodes the same bytes with another last letter: in base64url of 256 bytes, its last four bits are unused. */
function lastBitFlipped(signature: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return signature.slice(0, -1) + letters[letters.indexOf(signature.at(-1) ?? "") ^ 1];
}

Deno.test("R26: a token changed after signing is rejected, and so is a header with another algorithm", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const reason = async (text: string) => (await rejectionOf(rig.google.verifyIdToken(text))).reason;
  const admin = part({ ...read(token, 1), email: "admin@example.test" });
  assert.equal(await reason(`${header}.${admin}.${signature}`), "signature");
  const { kid } = read(token, 0);
  for (const alg of ["none", "NONE", "rs256", "RS512", "PS256", "HS256", undefined]) {
    assert.equal(await reason(`${part({ alg, kid })}.${payload}.${signature}`), "algorithm", `${alg}`);
  }
  assert.equal(
    await reason(`${part({ alg: "RS256", kid, crit: ["b64"], b64: false })}.${payload}.${signature}`),
    "algorithm",
  );
  const other = rig.emulator.issueIdToken({ email: "bob@example.test" });
  assert.equal(await reason([header, payload, other.split(".")[2]].join(".")), "signature");
});

Deno.test("errors do not contain the rejected token", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA, { issuer: "https://evil.test" });
  const error = await failureOf(rig.google.verifyIdToken(token));
  assert.doesNotMatch(Deno.inspect(error, { depth: 20 }), new RegExp(`eyJ|${token.slice(-40)}|evil`));
  assert.equal(error.message, "Cannot sign in with this Google token: it is invalid, used or expired");
});
