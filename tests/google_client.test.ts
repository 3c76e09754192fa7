import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createGoogleClient } from "../src/google/google_client.ts";
import { configuredGoogle } from "../src/google/configured_google.ts";
import {
  GoogleClientRefused,
  GoogleGrantRefused,
  GoogleNotConfigured,
  GoogleUnreachable,
} from "../src/google/google_api.ts";
import {
  dropped,
  type GoogleFault,
  invalidGrant,
  serverError,
  silent,
} from "../src/emulators/google/switches.ts";
import { Secret } from "../src/secret.ts";
import { part, read } from "./support/crafted_tokens.ts";
import { decideAtGoogle } from "./support/google.ts";
import { failureOf, type GoogleRig, rejectionOf, startGoogleRig } from "./support/google_rig.ts";

const ADA = { email: "ada@example.test" };
const CALENDAR = "https://www.googleapis.com/auth/calendar";
const VERIFIER = "a-verifier-of-forty-three-characters-or-more";
const CALLBACK = "https://auth.example.com/auth/google/callback";

Deno.test("R26: an ID token says who somebody is", async () => {
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

Deno.test("R26: both spellings of the issuer are one issuer", async () => {
  await using rig = await startGoogleRig();
  for (const issuer of ["accounts.google.com", "https://accounts.google.com"]) {
    const identity = await rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA, { issuer }));
    assert.equal(identity.issuer, "https://accounts.google.com");
  }
});

Deno.test("R26: what Google does not vouch for is said so", async () => {
  await using rig = await startGoogleRig();
  const unverified = { email: "eve@example.test", emailVerified: false, hd: null };
  const eve = await rig.google.verifyIdToken(rig.emulator.issueIdToken(unverified));
  assert.deepEqual([eve.emailVerified, eve.hostedDomain], [false, undefined]);
  for (const email_verified of ["true", 1, undefined]) {
    const token = rig.emulator.issueIdToken(ADA, { claims: { email_verified } });
    assert.equal((await rig.google.verifyIdToken(token)).emailVerified, false, `${email_verified}`);
  }
});

Deno.test("R26: another issuer, another audience, another key, another algorithm are refused, each by its reason", async () => {
  await using rig = await startGoogleRig({ otherAudiences: ["our-phone-app"] });
  const reason = async (options: Parameters<typeof rig.emulator.issueIdToken>[1]) =>
    (await rejectionOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA, options)))).reason;
  for (const issuer of ["https://accounts.google.com.evil.test", "https://accounts.google.com/", ""]) {
    assert.equal(await reason({ issuer }), "issuer", issuer);
  }
  assert.equal(await reason({ audience: "somebody-else" }), "audience");
  assert.equal(
    await reason({ audience: "somebody-else", authorizedParty: rig.emulator.client.clientId }),
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
  assert.equal(await reason({ kid: "of-nobody" }), "key");
  for (const kid of ["__proto__", "constructor", "toString"]) assert.equal(await reason({ kid }), "key");
  assert.equal(await reason({ claims: { sub: undefined } }), "claims");
  assert.equal(await reason({ claims: { sub: 7 } }), "claims");
  assert.equal(await reason({ claims: { exp: undefined } }), "claims");
  assert.equal(await reason({ claims: { iat: "now" } }), "claims");
  assert.equal(await reason({ claims: { exp: 4_000_000_000.5 } }), "claims");
});

Deno.test("R26: times are taken with five minutes of leeway, and not one second more", async () => {
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
    return await google.verifyIdToken(token).then(() => "good", (error) => error.rejection);
  };
  assert.equal(await verifiedAt(0), "good");
  assert.equal(await verifiedAt(60 - 299), "good");
  assert.equal(await verifiedAt(60 - 300), "good");
  assert.deepEqual(await verifiedAt(60 - 301), { reason: "timing", claim: "nbf", seconds: 1 });
  assert.deepEqual(await verifiedAt(-310), { reason: "timing", claim: "iat", seconds: 10 });
  assert.equal(await verifiedAt(3600 + 299), "good");
  assert.equal(await verifiedAt(3600 + 300), "good");
  assert.deepEqual(await verifiedAt(3600 + 301), { reason: "timing", claim: "exp", seconds: 1 });
  assert.deepEqual(await verifiedAt(10 * 24 * 3600), { reason: "timing", claim: "exp", seconds: 860_100 });
});

Deno.test("the emulator's switches make tokens that are early, late, and somebody else's", async () => {
  await using rig = await startGoogleRig();
  const reason = async () => await rejectionOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA)));
  rig.emulator.switches.idTokens = { times: { iat: -4000, exp: -400 } };
  const late = await reason();
  assert.deepEqual([late.reason, "claim" in late && late.claim], ["timing", "exp"]);
  rig.emulator.switches.idTokens = { times: { iat: 400, exp: 4000 } };
  const early = await reason();
  assert.deepEqual([early.reason, "claim" in early && early.claim], ["timing", "iat"]);
  rig.emulator.switches.idTokens = { audience: "somebody-else" };
  assert.equal((await reason()).reason, "audience");
});

Deno.test("R12: a token in any form but the canonical one is refused before anything reads it", async () => {
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

/** The same bytes in other letters: the last one of 256 bytes' 342 has four bits that do not count. */
function lastBitFlipped(signature: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return signature.slice(0, -1) + letters[letters.indexOf(signature.at(-1) ?? "") ^ 1];
}

Deno.test("R26: what was changed after signing is refused, and so is a header that claims another algorithm", async () => {
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

Deno.test("a refused token stands in no message and no cause", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA, { issuer: "https://evil.test" });
  const error = await failureOf(rig.google.verifyIdToken(token));
  assert.doesNotMatch(Deno.inspect(error, { depth: 20 }), new RegExp(`eyJ|${token.slice(-40)}|evil`));
  assert.equal(error.message, "Cannot sign in with this Google token: it is not valid here, or not any more");
});

Deno.test("keys are fetched once, however many ask, and again when their time is over", async () => {
  await using rig = await startGoogleRig();
  rig.emulator.switches.certificatesCacheControl = "public, max-age=600";
  rig.emulator.switches.certificatesAgeSeconds = 100;
  const token = rig.emulator.issueIdToken(ADA);
  await Promise.all(Array.from({ length: 20 }, () => rig.google.verifyIdToken(token)));
  assert.equal(rig.emulator.calls.certificates, 1);
  rig.clock.advance(490);
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 1, "the age was counted");
  rig.clock.advance(20);
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 2);
});

Deno.test("keys without a time of their own are kept for a minute", async () => {
  await using rig = await startGoogleRig();
  rig.emulator.switches.certificatesCacheControl = "no-store";
  const token = rig.emulator.issueIdToken(ADA);
  for (let tries = 0; tries < 5; tries++) await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 1);
  rig.clock.advance(60);
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 2);
});

Deno.test("a new key is found at once, and nonsense asks Google once a minute at most", async () => {
  await using rig = await startGoogleRig();
  await rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA));
  rig.clock.advance(60);
  rig.emulator.rotateKeys({ keepOld: true });
  await rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA));
  assert.equal(rig.emulator.calls.certificates, 2);
  const nonsense = () =>
    rejectionOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA, { kid: crypto.randomUUID() })));
  for (let tries = 0; tries < 10; tries++) assert.deepEqual(await nonsense(), { reason: "key" });
  assert.equal(rig.emulator.calls.certificates, 2);
  rig.clock.advance(60);
  for (let tries = 0; tries < 10; tries++) await nonsense();
  assert.equal(rig.emulator.calls.certificates, 3);
});

Deno.test("a key that Google has dropped is refused when the time of the keys is over", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA, { times: { exp: 48 * 3600 } });
  await rig.google.verifyIdToken(token);
  rig.emulator.rotateKeys({ keepOld: false });
  rig.clock.advance(21_900);
  await rig.google.verifyIdToken(token);
  rig.clock.advance(200);
  assert.deepEqual(await rejectionOf(rig.google.verifyIdToken(token)), { reason: "key" });
});

Deno.test("without keys nobody can be checked, and the next who asks after the pause asks Google again", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA);
  const faults: GoogleFault[] = [serverError("certificates", 1), dropped("certificates", 1), {
    endpoint: "certificates",
    kind: "garbled",
    body: "<html>Welcome to the airport</html>",
    times: 1,
  }];
  for (const fault of faults) {
    rig.emulator.switches.faults = [fault];
    const error = await failureOf(rig.google.verifyIdToken(token));
    assert.ok(error instanceof GoogleUnreachable, `${error}`);
    assert.equal(error.code, "PROVIDER_UNAVAILABLE");
    const { certificates } = rig.emulator.calls;
    assert.ok(await failureOf(rig.google.verifyIdToken(token)) instanceof GoogleUnreachable);
    assert.equal(rig.emulator.calls.certificates, certificates, "within the pause nobody asks");
    rig.clock.advance(20);
  }
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 4);
});

Deno.test("while Google is away its keys go on beyond their time, for a day", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA, { times: { exp: 72 * 3600 } });
  await rig.google.verifyIdToken(token);
  rig.clock.advance(22_001);
  rig.emulator.switches.faults = [serverError("certificates", 1), {
    endpoint: "certificates",
    kind: "dropped",
    done: false,
  }];
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 2);
  await Promise.all(Array.from({ length: 10 }, () => rig.google.verifyIdToken(token)));
  assert.equal(rig.emulator.calls.certificates, 2, "not asked again at once");
  const unknown = rig.emulator.issueIdToken(ADA, { kid: "perhaps-a-new-one" });
  assert.ok(
    await failureOf(rig.google.verifyIdToken(unknown)) instanceof GoogleUnreachable,
    "it cannot be told",
  );
  rig.clock.advance(23 * 3600);
  await rig.google.verifyIdToken(token);
  rig.clock.advance(3600);
  assert.ok(await failureOf(rig.google.verifyIdToken(token)) instanceof GoogleUnreachable);
  rig.emulator.switches.faults = [];
  rig.clock.advance(300);
  await rig.google.verifyIdToken(token);
});

Deno.test("keys that never come are not waited for for ever", async () => {
  await using rig = await startGoogleRig({ timeoutSeconds: 0.1 });
  rig.emulator.switches.faults = [silent("certificates", 1)];
  assert.ok(
    await failureOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA))) instanceof GoogleUnreachable,
  );
});

/** Through the consent page to a code. */
async function codeFor({ google, emulator }: GoogleRig, consent = true) {
  const url = await google.authorizationUrl({
    state: "a state/+&",
    codeChallenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    redirectUri: CALLBACK,
    scopes: ["openid", "email", CALENDAR],
    loginHint: ADA.email,
    consent,
  });
  assert.ok(url.startsWith(`${emulator.endpoints.authorization}?`));
  const { searchParams } = await decideAtGoogle(url, ADA);
  assert.equal(searchParams.get("state"), "a state/+&");
  return {
    code: new Secret(searchParams.get("code") ?? ""),
    codeVerifier: new Secret(VERIFIER),
    redirectUri: CALLBACK,
  };
}

Deno.test("R31: an authorization asks for offline access, a challenge, and consent when it is wanted", async () => {
  await using rig = await startGoogleRig();
  const request = { state: "s", codeChallenge: "c", redirectUri: CALLBACK, scopes: ["openid", CALENDAR] };
  const asked = new URL(await rig.google.authorizationUrl({ ...request, consent: true })).searchParams;
  assert.deepEqual(Object.fromEntries(asked), {
    client_id: rig.emulator.client.clientId,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: `openid ${CALENDAR}`,
    state: "s",
    code_challenge: "c",
    code_challenge_method: "S256",
    access_type: "offline",
    prompt: "consent",
  });
  const again = new URL(await rig.google.authorizationUrl({ ...request, consent: false })).searchParams;
  assert.equal(again.get("prompt"), null);
});

Deno.test("a code is exchanged for tokens, which are refreshed and revoked", async () => {
  await using rig = await startGoogleRig();
  const tokens = await rig.google.exchangeCode(await codeFor(rig));
  assert.deepEqual(tokens.scopes, ["openid", "https://www.googleapis.com/auth/userinfo.email", CALENDAR]);
  const left = (tokens.expiresAt.getTime() - rig.clock.now().getTime()) / 1000;
  assert.ok(left > 3500 && left <= 3599, `${left}`);
  const refreshToken = tokens.refreshToken ?? assert.fail("no refresh token");
  const identity = await rig.google.verifyIdToken(tokens.idToken?.reveal() ?? "");
  assert.equal(identity.email, ADA.email);

  const refreshed = await rig.google.refresh(refreshToken);
  assert.notEqual(refreshed.accessToken.reveal(), tokens.accessToken.reveal());
  assert.equal(refreshed.refreshToken, undefined, "the old one goes on");
  assert.equal(await rig.google.revoke(refreshed.accessToken), "revoked");
  assert.equal(await rig.google.revoke(refreshToken), "unknown");
  assert.ok(await failureOf(rig.google.refresh(refreshToken)) instanceof GoogleGrantRefused);
});

Deno.test("R31: without consent asked for anew there is no new refresh token, and the answer says so", async () => {
  await using rig = await startGoogleRig();
  assert.ok((await rig.google.exchangeCode(await codeFor(rig))).refreshToken);
  assert.equal((await rig.google.exchangeCode(await codeFor(rig, false))).refreshToken, undefined);
});

Deno.test("a code that is wrong, used or for another redirect or verifier is refused as a grant", async () => {
  await using rig = await startGoogleRig();
  const used = await codeFor(rig);
  await rig.google.exchangeCode(used);
  const wrong = [
    used,
    { ...used, code: new Secret("4/nobody's") },
    { ...await codeFor(rig), redirectUri: "http://127.0.0.1:1/other" },
    { ...await codeFor(rig), codeVerifier: new Secret("another".repeat(8)) },
  ];
  for (const input of wrong) {
    const error = await failureOf(rig.google.exchangeCode(input));
    assert.ok(error instanceof GoogleGrantRefused, `${error}`);
    assert.equal(error.code, "REAUTHORIZATION_REQUIRED");
  }
});

Deno.test("each way in which the token endpoint fails is told as what it is, and tried once", async () => {
  await using rig = await startGoogleRig({ timeoutSeconds: 1 });
  const { refreshToken } = await rig.emulator.grant(ADA.email, ["openid"]);
  const refused = (status: number, error: string): GoogleFault => ({
    endpoint: "token",
    kind: "answer",
    status,
    body: { error, error_description: "ya29.secret" },
  });
  const garbled = (body: string): GoogleFault => ({ endpoint: "token", kind: "garbled", body });
  const cases: [
    fault: GoogleFault,
    error: typeof GoogleUnreachable | typeof GoogleGrantRefused | typeof GoogleClientRefused,
  ][] = [
    [serverError("token", 9), GoogleUnreachable],
    [serverError("token", 9, 503), GoogleUnreachable],
    [refused(429, "rate_limit_exceeded"), GoogleUnreachable],
    [silent("token", 9), GoogleUnreachable],
    [dropped("token", 9), GoogleUnreachable],
    [dropped("token", 9, true), GoogleUnreachable],
    [garbled("<html>"), GoogleUnreachable],
    [garbled("null"), GoogleUnreachable],
    [garbled('{"access_token":""}'), GoogleUnreachable],
    [{ endpoint: "token", kind: "answer", status: 400, body: "<html>" }, GoogleUnreachable],
    [{ endpoint: "token", kind: "answer", status: 302, body: "" }, GoogleUnreachable],
    [invalidGrant(9), GoogleGrantRefused],
    [refused(401, "invalid_client"), GoogleClientRefused],
    [refused(400, "unauthorized_client"), GoogleClientRefused],
  ];
  for (const [fault, kind] of cases) {
    const what = JSON.stringify(fault);
    rig.emulator.switches.faults = [fault];
    const before = rig.emulator.calls.refreshes;
    const error = await failureOf(rig.google.refresh(new Secret(refreshToken)));
    assert.ok(error instanceof kind, `${what}: ${error}`);
    assert.equal(rig.emulator.calls.refreshes, before + 1, what);
    assert.ok(!Deno.inspect(error, { depth: 20 }).includes(refreshToken), "no secret in it");
    assert.ok(!Deno.inspect(error, { depth: 20 }).includes(rig.emulator.client.clientSecret));
    assert.doesNotMatch(Deno.inspect(error, { depth: 20 }), /ya29/);
  }
});

Deno.test("a lifetime of nothing is no answer, and any other is taken at its word", async () => {
  await using rig = await startGoogleRig();
  const refreshToken = new Secret((await rig.emulator.grant(ADA.email, ["openid"])).refreshToken);
  for (const expires_in of [0, -1, "soon", null, undefined]) {
    rig.emulator.switches.tokenAnswer = { expires_in };
    assert.ok(
      await failureOf(rig.google.refresh(refreshToken)) instanceof GoogleUnreachable,
      `${expires_in}`,
    );
  }
  rig.emulator.switches.tokenAnswer = {
    expires_in: 365 * 24 * 3600,
    scope: undefined,
    refresh_token: "1//rotated",
  };
  const { expiresAt, scopes, refreshToken: rotated } = await rig.google.refresh(refreshToken);
  assert.ok(expiresAt.getTime() - rig.clock.now().getTime() > 364 * 24 * 3600 * 1000);
  assert.equal(scopes, undefined);
  assert.equal(rotated?.reveal(), "1//rotated", "should Google ever send one, it is not lost");
});

Deno.test("revoking says what happened, and fails as the others do", async () => {
  await using rig = await startGoogleRig();
  const { accessToken } = await rig.emulator.grant(ADA.email, ["openid"]);
  rig.emulator.switches.faults = [serverError("revocation", 1), dropped("revocation", 1)];
  for (const _ of [1, 2]) {
    assert.ok(await failureOf(rig.google.revoke(new Secret(accessToken))) instanceof GoogleUnreachable);
  }
  assert.equal(await rig.google.revoke(new Secret(accessToken)), "revoked");
  assert.equal(await rig.google.revoke(new Secret("nonsense")), "unknown");
});

Deno.test("a client that Google does not know is the server's trouble, not the person's", async () => {
  await using rig = await startGoogleRig({ client: { clientId: "nobody", clientSecret: new Secret("s") } });
  const error = await failureOf(rig.google.refresh(new Secret("1//x")));
  assert.ok(error instanceof GoogleClientRefused);
  assert.deepEqual([error.code, error.error], ["GOOGLE_NOT_CONFIGURED", "invalid_client"]);
});

Deno.test("Google can be reached, or not", async () => {
  await using rig = await startGoogleRig();
  assert.ok((await rig.google.reach()).latencyMs > 0);
  await rig.emulator.close();
  const error = await failureOf(rig.google.reach());
  assert.ok(error instanceof GoogleUnreachable);
  assert.equal(error.message, "Cannot reach Google: Google cannot be reached");
});

Deno.test("where Google is not configured, everything says so", async () => {
  const google = configuredGoogle({
    GOOGLE_CLIENT_ID: undefined,
    GOOGLE_CLIENT_SECRET: undefined,
    GOOGLE_CREDENTIALS_FILE: undefined,
  });
  assert.equal(google.configured, false);
  for (const asked of [google.verifyIdToken("x"), google.refresh(new Secret("x")), google.reach()]) {
    const error = await failureOf(asked);
    assert.ok(error instanceof GoogleNotConfigured);
    assert.match(error.remedy.actionRequired ?? "", /GOOGLE_CLIENT_ID/);
  }
});
