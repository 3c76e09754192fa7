import assert from "node:assert/strict";
import { createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import { type GoogleEmulator, startGoogleEmulator } from "../../../src/emulators/google/google_emulator.ts";
import { USERINFO_PATH } from "../../../src/emulators/google/routes.ts";
import { dropped, invalidGrant, serverError, silent } from "../../../src/emulators/google/switches.ts";
import { read } from "../../support/crafted_tokens.ts";
import { decideAtGoogle } from "../../support/google.ts";
import { eventually } from "../../support/eventually.ts";

const VERIFIER = "a-verifier-of-forty-three-characters-or-more";
const CALLBACK = "https://auth.example.com/auth/google/callback";
const CALENDAR = "https://www.googleapis.com/auth/calendar";
const EMAIL = "https://www.googleapis.com/auth/userinfo.email";

/** An authorization URL; undefined removes a parameter. */
function authorization(google: GoogleEmulator, more: Record<string, string | undefined> = {}): string {
  const parameters = {
    client_id: google.client.clientId,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: `openid email ${CALENDAR}`,
    state: "a-state",
    access_type: "offline",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "S256",
    ...more,
  };
  const set = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${google.endpoints.authorization}?${new URLSearchParams(set)}`;
}

async function post(url: string, form: Record<string, string>) {
  // On a new connection: Deno repeats a request when a reused connection was dropped.
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(form), client });
  return { status: response.status, body: await response.json() as Record<string, unknown> };
}

function credentials({ client }: GoogleEmulator) {
  return { client_id: client.clientId, client_secret: client.clientSecret };
}

function exchange(google: GoogleEmulator, callback: URL, more: Record<string, string> = {}) {
  const code = callback.searchParams.get("code") ?? "";
  const form = { grant_type: "authorization_code", code, code_verifier: VERIFIER, redirect_uri: CALLBACK };
  return post(google.endpoints.token, { ...form, ...credentials(google), ...more });
}

function refresh(google: GoogleEmulator, token: unknown) {
  const form = { grant_type: "refresh_token", refresh_token: String(token), ...credentials(google) };
  return post(google.endpoints.token, form);
}

async function userinfo(google: GoogleEmulator, token: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}` };
  return await (await fetch(`${google.url}${USERINFO_PATH}`, { headers })).json();
}

Deno.test("the consent page redirects with a code, which can be exchanged once for tokens", async () => {
  await using google = await startGoogleEmulator();
  const callback = await decideAtGoogle(authorization(google), { email: "ada@example.test" });
  assert.equal(callback.origin + callback.pathname, CALLBACK);
  assert.equal(callback.searchParams.get("state"), "a-state");
  assert.match(callback.searchParams.get("code") ?? "", /^4\/./);

  const { status, body } = await exchange(google, callback);
  assert.equal(status, 200);
  const { access_token, refresh_token, id_token, ...rest } = body;
  assert.match(String(access_token), /^ya29\./);
  assert.match(String(refresh_token), /^1\/\/./);
  assert.deepEqual(rest, { expires_in: 3599, scope: `openid ${EMAIL} ${CALENDAR}`, token_type: "Bearer" });
  const { sub, iat, exp, ...claims } = read(String(id_token), 1);
  assert.match(String(sub), /^\d{21}$/);
  assert.equal(Number(exp) - Number(iat), 3600);
  assert.deepEqual(claims, {
    iss: "https://accounts.google.com",
    aud: google.client.clientId,
    azp: google.client.clientId,
    email: "ada@example.test",
    email_verified: true,
    hd: "example.test",
  });
  assert.equal((await exchange(google, callback)).body["error"], "invalid_grant", "a used code");
  assert.equal(
    (await refresh(google, refresh_token)).body["error"],
    "invalid_grant",
    "reuse of the code revokes its tokens",
  );
  const { authorizations, exchanges, refreshes } = google.calls;
  assert.deepEqual({ authorizations, exchanges, refreshes }, {
    authorizations: 1,
    exchanges: 2,
    refreshes: 1,
  });
});

Deno.test("a denial redirects with access_denied, and viewing the page decides nothing", async () => {
  await using google = await startGoogleEmulator();
  const callback = await decideAtGoogle(authorization(google), { deny: true });
  assert.equal(callback.searchParams.get("error"), "access_denied");
  assert.equal(callback.searchParams.get("state"), "a-state");
  assert.equal(callback.searchParams.get("code"), null);
});

Deno.test("the consent page has no scripts, shows the login hint, and escapes it", async () => {
  await using google = await startGoogleEmulator();
  const hint = `"><script>alert(1)</script>@example.test`;
  const response = await fetch(authorization(google, { login_hint: hint }));
  const html = await response.text();
  assert.equal(response.status, 200);
  assert.doesNotMatch(html, /<script/);
  assert.match(html, /value="&#34;&#62;&#60;script/);
  assert.match(html, /<form method="post" action="\/consent\/[^"]+\/approve">/);
  assert.match(html, /formaction="\/consent\/[^"]+\/deny"/);
  assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
  const unknown = await fetch(`${google.url}/consent/nothing`);
  assert.equal(unknown.status, 404, await unknown.text());
  const elsewhere = await fetch(`${google.url}/consent/x/approve`);
  assert.equal(elsewhere.status, 404, await elsewhere.text());
});

Deno.test("a person can grant fewer scopes than requested", async () => {
  await using google = await startGoogleEmulator();
  const less = { email: "ada@example.test", scopes: ["openid", "email"] };
  const { body } = await exchange(google, await decideAtGoogle(authorization(google), less));
  assert.equal(body["scope"], `openid ${EMAIL}`);
  google.switches.grantableScopes = [CALENDAR];
  const all = { email: "bob@example.test" };
  const other = await exchange(google, await decideAtGoogle(authorization(google), all));
  assert.equal(other.body["scope"], `openid ${CALENDAR}`);
  assert.equal(read(String(other.body["id_token"]), 1)["email"], undefined);
});

Deno.test("a refresh token is issued with the first consent, and later with prompt=consent", async () => {
  await using google = await startGoogleEmulator();
  const ada = { email: "ada@example.test" };
  const tokenFor = async (more: Record<string, string | undefined>, decision = ada) => {
    const { body } = await exchange(google, await decideAtGoogle(authorization(google, more), decision));
    return body["refresh_token"];
  };
  assert.equal(await tokenFor({ access_type: undefined }, { email: "bob@example.test" }), undefined);
  const first = await tokenFor({});
  assert.ok(first);
  assert.equal(await tokenFor({}), undefined, "consent was given before");
  assert.ok(await tokenFor({ prompt: "consent" }));
  assert.ok(await tokenFor({ prompt: "select_account consent" }, { email: "eve@example.test" }));
  google.switches.refreshTokens = "never";
  assert.equal(await tokenFor({ prompt: "consent" }), undefined);
  google.switches.refreshTokens = "as_google";
  assert.deepEqual(await post(google.endpoints.revocation, { token: String(first) }), {
    status: 200,
    body: {},
  });
  assert.ok(await tokenFor({}), "after revoking, the next consent is the first one");
});

Deno.test("the emulator refuses a wrong client, secret, redirect, scope or verifier, as Google does", async () => {
  await using google = await startGoogleEmulator();
  const blocked = async (more: Record<string, string | undefined>) => {
    const response = await fetch(authorization(google, more), { redirect: "manual" });
    return [response.status, /Access blocked: (\w+)/.exec(await response.text())?.[1]];
  };
  assert.deepEqual(await blocked({ client_id: "unknown-client" }), [400, "invalid_client"]);
  assert.deepEqual(await blocked({ scope: "openid everything" }), [400, "invalid_scope"]);
  for (const redirect_uri of ["https://evil.example/steal", "https://127.0.0.1:8/x", "javascript:alert(1)"]) {
    assert.equal((await blocked({ redirect_uri }))[0], 400, redirect_uri);
  }
  const loopback = { redirect_uri: "http://127.0.0.1:49152/callback" };
  const callback = await decideAtGoogle(authorization(google, loopback), { email: "ada@example.test" });
  assert.equal(callback.port, "49152", "an installed application, on any port");
  const again = () => decideAtGoogle(authorization(google), { email: "ada@example.test" });
  const errorOf = async (more: Record<string, string>) =>
    (await exchange(google, await again(), more)).body["error"];
  assert.equal(await errorOf({ client_secret: "wrong" }), "invalid_client");
  assert.equal(await errorOf({ client_id: "unknown-client" }), "invalid_client");
  assert.equal(await errorOf({ code_verifier: VERIFIER.replace("a", "b") }), "invalid_grant");
  assert.equal(await errorOf({ redirect_uri: `${CALLBACK}/other` }), "invalid_grant");
});

Deno.test("refreshes work until the grant is revoked, with either token and without a client secret", async () => {
  await using google = await startGoogleEmulator();
  for (const by of ["accessToken", "refreshToken"] as const) {
    const tokens = await google.grant("ada@example.test", ["openid", CALENDAR]);
    const { status, body } = await refresh(google, tokens.refreshToken);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), [
      "access_token",
      "expires_in",
      "id_token",
      "scope",
      "token_type",
    ]);
    for (const token of [tokens.accessToken, String(body["access_token"])]) {
      assert.equal((await userinfo(google, token))["email"], "ada@example.test");
    }
    assert.equal((await post(google.endpoints.revocation, { token: tokens[by] })).status, 200);
    assert.deepEqual(await refresh(google, tokens.refreshToken), {
      status: 400,
      body: { error: "invalid_grant", error_description: "Token has been expired or revoked." },
    });
    assert.equal((await userinfo(google, tokens.accessToken))["error"], "invalid_request");
    const { status: unknown, body: why } = await post(google.endpoints.revocation, { token: tokens[by] });
    assert.deepEqual([unknown, why["error"]], [400, "invalid_token"]);
  }
});

Deno.test("the keys are published as certificates and as a JWK set, with the configured cache headers", async () => {
  await using google = await startGoogleEmulator();
  const token = google.issueIdToken({ email: "ada@example.test" }, { nonce: "n" });
  assert.equal(read(token, 1)["nonce"], "n");
  google.rotateKeys({ keepOld: true });
  google.switches.certificatesCacheControl = "max-age=7";
  google.switches.certificatesAgeSeconds = 3;
  const response = await fetch(google.endpoints.certificates);
  assert.equal(response.headers.get("cache-control"), "max-age=7");
  assert.equal(response.headers.get("age"), "3");
  const certificates = await response.json() as Record<string, string>;
  const { keys } = await (await fetch(`${google.url}/oauth2/v3/certs`)).json() as { keys: JsonWebKey[] };
  assert.deepEqual(keys.map((key) => Reflect.get(key, "kid")), Object.keys(certificates));
  assert.equal(google.calls.certificates, 2);
  const { kid } = read(token, 0);
  const certificate = new X509Certificate(certificates[String(kid)] ?? "");
  assert.equal(certificate.subject, "CN=emulated.localhost");
  const [header, payload, signature = ""] = token.split(".");
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
  for (const key of [certificates[String(kid)] ?? "", jwkOf(keys, kid)]) {
    assert.ok(verify("sha256", signed, createPublicKey(key), bytes));
  }
  google.rotateKeys({ keepOld: false });
  const after = await (await fetch(google.endpoints.certificates)).json();
  assert.equal(Object.keys(after).length, 1);
  assert.ok(!(String(kid) in after));
});

function jwkOf(keys: JsonWebKey[], kid: unknown): Parameters<typeof createPublicKey>[0] {
  const key = keys.find((each) => Reflect.get(each, "kid") === kid);
  return { key: key as NonNullable<typeof key>, format: "jwk" } as Parameters<typeof createPublicKey>[0];
}

Deno.test("an account keeps its subject when its address changes, and a new account with the old address gets another", async () => {
  await using google = await startGoogleEmulator();
  const { sub } = google.account({ email: "ada@example.test" });
  assert.equal(google.account({ email: "Ada@Example.test" }).sub, sub, "addresses are case-insensitive");
  const moved = google.account({ sub, email: "ada@gmail.com", hd: null, emailVerified: false });
  assert.equal(moved.sub, sub);
  const claims = read(google.issueIdToken({ email: "ada@gmail.com" }), 1);
  assert.deepEqual([claims["sub"], claims["hd"], claims["email_verified"]], [sub, undefined, false]);
  assert.notEqual(google.account({ email: "ada@example.test" }).sub, sub);
  await using other = await startGoogleEmulator();
  assert.equal(other.account({ email: "ada@example.test" }).sub, sub, "the same after a restart");
});

Deno.test("faults apply to the configured number of calls", async () => {
  await using google = await startGoogleEmulator();
  const { refreshToken } = await google.grant("ada@example.test", ["openid"]);
  google.switches.faults = [serverError("token", 1, 503), invalidGrant(1), {
    endpoint: "token",
    kind: "garbled",
    body: "<html>",
    times: 1,
  }];
  assert.equal((await refresh(google, refreshToken)).status, 503);
  assert.equal((await refresh(google, refreshToken)).body["error"], "invalid_grant");
  await assert.rejects(refresh(google, refreshToken), SyntaxError);
  google.switches.tokenAnswer = { expires_in: 0, scope: undefined };
  const { body } = await refresh(google, refreshToken);
  assert.deepEqual([body["expires_in"], "scope" in body], [0, false]);
  google.switches.faults = [dropped("token", 1), dropped("revocation", 1, true)];
  await assert.rejects(refresh(google, refreshToken), TypeError);
  assert.equal((await refresh(google, refreshToken)).status, 200, "the dropped call had no effect");
  await assert.rejects(post(google.endpoints.revocation, { token: refreshToken }), TypeError);
  assert.equal((await refresh(google, refreshToken)).status, 400, "the dropped call had its effect");
});

Deno.test("closing the emulator ends unanswered calls, and refreshes in progress are counted", async () => {
  const google = await startGoogleEmulator();
  const { refreshToken } = await google.grant("ada@example.test", ["openid"]);
  google.switches.faults = [silent("token", 3)];
  const calls = Promise.allSettled([1, 2, 3].map(() => refresh(google, refreshToken)));
  await eventually("all three are in progress", () => google.calls.refreshesUnderWay === 3);
  await google.close();
  assert.deepEqual((await calls).map(({ status }) => status), ["rejected", "rejected", "rejected"]);
  assert.equal(google.calls.maxRefreshesUnderWay, 3);
});

Deno.test("the emulator answers only to this machine's host names, and records every secret", async () => {
  await using google = await startGoogleEmulator();
  const { port } = new URL(google.url);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const request =
    `POST /emulated/id-token?email=a@b.test HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  assert.match(await new Response(connection.readable).text(), /^HTTP\/1\.1 403 /);
  const token = await post(
    `${google.url}/emulated/id-token?email=ada@example.test&nonce=n&audience=other`,
    {},
  );
  const { aud, nonce } = read(String(token.body["idToken"]), 1);
  assert.deepEqual([aud, nonce], ["other", "n"]);
  const callback = await decideAtGoogle(authorization(google), { email: "ada@example.test" });
  const { body } = await exchange(google, callback);
  const made = [
    callback.searchParams.get("code"),
    body["access_token"],
    body["refresh_token"],
    body["id_token"],
  ];
  const secrets = google.secrets();
  for (const secret of [...made, token.body["idToken"], google.client.clientSecret]) {
    assert.ok(secrets.includes(String(secret)), String(secret));
  }
});
