import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { configuredGoogle } from "../../../src/providers/google/api/configured_google.ts";
import {
  GoogleClientRefused,
  GoogleGrantRefused,
  GoogleNotConfigured,
  GoogleUnreachable,
} from "../../../src/providers/google/api/google_api.ts";
import {
  dropped,
  type GoogleFault,
  invalidGrant,
  serverError,
  silent,
} from "../../../src/emulators/google/switches.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { decideAtGoogle } from "../../support/google.ts";
import { failureOf, type GoogleRig, startGoogleRig } from "../../support/google_rig.ts";

const ADA = { email: "ada@example.test" };
const CALENDAR = "https://www.googleapis.com/auth/calendar";
const VERIFIER = "a-verifier-of-forty-three-characters-or-more";
const CALLBACK = "https://auth.example.com/auth/google/callback";

/** Consents on the page and returns the code. */
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

Deno.test("R31: an authorization URL requests offline access, PKCE, and consent if required", async () => {
  await using rig = await startGoogleRig();
  const request = { state: "s", codeChallenge: "c", redirectUri: CALLBACK, scopes: ["openid", CALENDAR] };
  const parameters = new URL(await rig.google.authorizationUrl({ ...request, consent: true })).searchParams;
  assert.deepEqual(Object.fromEntries(parameters), {
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
  assert.deepEqual(tokens.scopes, ["openid", "email", CALENDAR]);
  const left = (tokens.expiresAt.getTime() - rig.clock.now().getTime()) / 1000;
  assert.ok(left > 3500 && left <= 3599, `${left}`);
  const refreshToken = tokens.refreshToken ?? assert.fail("no refresh token");
  const identity = await rig.google.verifyIdToken(tokens.idToken?.reveal() ?? "");
  assert.equal(identity.email, ADA.email);

  const refreshed = await rig.google.refresh(refreshToken);
  assert.notEqual(refreshed.accessToken.reveal(), tokens.accessToken.reveal());
  assert.equal(refreshed.refreshToken, undefined, "the old one stays valid");
  assert.equal(await rig.google.revoke(refreshed.accessToken), "revoked");
  assert.equal(await rig.google.revoke(refreshToken), "unknown");
  assert.ok(await failureOf(rig.google.refresh(refreshToken)) instanceof GoogleGrantRefused);
});

Deno.test("R31: without a new consent the response has no refresh token", async () => {
  await using rig = await startGoogleRig();
  assert.ok((await rig.google.exchangeCode(await codeFor(rig))).refreshToken);
  assert.equal((await rig.google.exchangeCode(await codeFor(rig, false))).refreshToken, undefined);
});

Deno.test("a wrong or used code, another redirect URI or another verifier is rejected as a grant", async () => {
  await using rig = await startGoogleRig();
  const used = await codeFor(rig);
  await rig.google.exchangeCode(used);
  const wrong = [
    used,
    { ...used, code: new Secret("4/unknown") },
    { ...await codeFor(rig), redirectUri: "http://127.0.0.1:1/other" },
    { ...await codeFor(rig), codeVerifier: new Secret("another".repeat(8)) },
  ];
  for (const input of wrong) {
    const error = await failureOf(rig.google.exchangeCode(input));
    assert.ok(error instanceof GoogleGrantRefused, `${error}`);
    assert.equal(error.code, "REAUTHORIZATION_REQUIRED");
  }
});

Deno.test("each failure of the token endpoint maps to its error and is not retried", async () => {
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
    assert.ok(!Deno.inspect(error, { depth: 20 }).includes(refreshToken), "the error contains the token");
    assert.ok(!Deno.inspect(error, { depth: 20 }).includes(rig.emulator.client.clientSecret));
    assert.doesNotMatch(Deno.inspect(error, { depth: 20 }), /ya29/);
  }
});

Deno.test("an invalid lifetime is rejected, and any valid one is accepted", async () => {
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
  assert.equal(rotated?.reveal(), "1//rotated", "a rotated refresh token is kept");
});

Deno.test("revoking returns its result and maps failures to errors", async () => {
  await using rig = await startGoogleRig();
  const { accessToken } = await rig.emulator.grant(ADA.email, ["openid"]);
  rig.emulator.switches.faults = [serverError("revocation", 1), dropped("revocation", 1)];
  for (const _ of [1, 2]) {
    assert.ok(await failureOf(rig.google.revoke(new Secret(accessToken))) instanceof GoogleUnreachable);
  }
  assert.equal(await rig.google.revoke(new Secret(accessToken)), "revoked");
  assert.equal(await rig.google.revoke(new Secret("nonsense")), "unknown");
});

Deno.test("a client unknown to Google is a configuration error of the server", async () => {
  await using rig = await startGoogleRig({ client: { clientId: "unknown", clientSecret: new Secret("s") } });
  const error = await failureOf(rig.google.refresh(new Secret("1//x")));
  assert.ok(error instanceof GoogleClientRefused);
  assert.deepEqual([error.code, error.error], ["GOOGLE_NOT_CONFIGURED", "invalid_client"]);
});

Deno.test("reach measures the latency, or fails with GoogleUnreachable", async () => {
  await using rig = await startGoogleRig();
  assert.ok((await rig.google.reach()).latencyMs > 0);
  await rig.emulator.close();
  const error = await failureOf(rig.google.reach());
  assert.ok(error instanceof GoogleUnreachable);
  assert.equal(error.message, "Cannot reach Google: Google cannot be reached");
});

Deno.test("without configuration every method throws GoogleNotConfigured", async () => {
  const google = configuredGoogle({
    GOOGLE_CLIENT_ID: undefined,
    GOOGLE_CLIENT_SECRET: undefined,
    GOOGLE_CREDENTIALS_FILE: undefined,
  });
  assert.equal(google.configured, false);
  const calls = [google.verifyIdToken("x"), google.refresh(new Secret("x")), google.reach()];
  for (const error of await Promise.all(calls.map(failureOf))) {
    assert.ok(error instanceof GoogleNotConfigured);
    assert.match(error.remedy.actionRequired ?? "", /GOOGLE_CLIENT_ID/);
  }
});
