import assert from "node:assert/strict";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { crafted, read, seconds } from "../support/crafted_tokens.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { newPerson, refresh, signIn, viewerOf } from "../support/people.ts";
import { ENDPOINT, post } from "../support/wire.ts";

/** Returns the published keys. */
async function publishedKeys(app: TestApp): Promise<JSONWebKeySet> {
  const response = await app.fetch(new Request(new URL("/.well-known/jwks.json", ENDPOINT)));
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.match(response.headers.get("cache-control") ?? "", /^public, max-age=2\d\d$/);
  return await response.json();
}

/** Verifies the token like a service that knows only the published keys. */
async function verified(app: TestApp, token: string, named: { issuer: string; audience: string }) {
  const keys = createLocalJWKSet(await publishedKeys(app));
  const options = { ...named, typ: "at+jwt", algorithms: ["EdDSA"], currentDate: app.clock.now() };
  return await jwtVerify(token, keys, options);
}

const UNNAMED = { issuer: "urn:sallyport", audience: "urn:sallyport" };

onEachDatabase(
  "R10: an access token states the user and the sign-in time, verifiable with the published keys",
  async (database) => {
    await using app = await startApp({ database });
    const before = seconds(app);
    const ada = await newPerson(app);
    const { payload, protectedHeader } = await verified(app, ada.accessToken, UNNAMED);
    const { keys } = await publishedKeys(app);
    assert.deepEqual(protectedHeader, { alg: "EdDSA", typ: "at+jwt", kid: keys[0]?.kid });
    const { iat = 0, jti, auth_time, ...claims } = payload;
    assert.ok(iat >= before && iat <= seconds(app));
    assert.ok(Number(auth_time) <= iat && Number(auth_time) >= before);
    assert.deepEqual(claims, {
      iss: "urn:sallyport",
      aud: "urn:sallyport",
      sub: ada.id,
      sid: ada.sessionId,
      client_id: "sallyport",
      roles: [],
      acr: "urn:sallyport:single",
      amr: ["pwd"],
      exp: iat + 15 * 60,
    });
    assert.equal(await viewerOf(app, ada.accessToken), ada.username);

    // A refresh returns another token of the same sign-in.
    app.clock.advance(1_000);
    assert.equal(await viewerOf(app, ada.accessToken), null, "its 15 minutes are over");
    await assert.rejects(verified(app, ada.accessToken, UNNAMED), { code: "ERR_JWT_EXPIRED" });
    const { tokens } = await refresh(app, ada.refreshToken);
    const renewed = (await verified(app, tokens.accessToken, UNNAMED)).payload;
    assert.ok(Number(renewed.iat) >= iat + 1_000);
    assert.equal(renewed.exp, Number(renewed.iat) + 15 * 60);
    assert.equal(Date.parse(tokens.accessTokenExpiresAt), Number(renewed.exp) * 1000);
    assert.equal(renewed["auth_time"], auth_time);
    assert.equal(renewed["sid"], ada.sessionId);

    const again = (await refresh(app, ada.refreshToken)).tokens;
    const other = (await signIn(app, ada.username)).tokens;
    const ids = [jti, ...[tokens, again, other].map(({ accessToken }) => read(accessToken, 1)["jti"])];
    assert.equal(new Set(ids).size, 4, "every token has an id of its own, a repeated refresh's too");
    assert.notEqual(read(other.accessToken, 1)["auth_time"], auth_time, "a new sign-in has its own time");
  },
);

onPglite("R10: an access token does not outlive its session", async (database) => {
  await using app = await startApp({ database, env: { SESSION_DAYS: "1" } });
  const ada = await newPerson(app);
  app.clock.advance(24 * 60 * 60 - 300);
  const { session, tokens } = await refresh(app, ada.refreshToken);
  assert.equal(session.id, ada.sessionId);
  const left = Number(read(tokens.accessToken, 1)["exp"]) - seconds(app);
  assert.ok(left > 0 && left <= 300, `${left} s`);
  app.clock.advance(left + 1);
  assert.equal(await viewerOf(app, tokens.accessToken), null);
});

onPglite("R10: PUBLIC_URL sets the issuer, ACCESS_TOKEN_AUDIENCE the audience", async (database) => {
  const keys = newKeyring();
  const PUBLIC_URL = "https://auth.test";
  const ACCESS_TOKEN_AUDIENCE = "https://api.test";
  const SERVERS = [
    { env: {}, named: UNNAMED },
    { env: { PUBLIC_URL }, named: { issuer: PUBLIC_URL, audience: PUBLIC_URL } },
    {
      env: { PUBLIC_URL, ACCESS_TOKEN_AUDIENCE },
      named: { issuer: PUBLIC_URL, audience: ACCESS_TOKEN_AUDIENCE },
    },
    { env: { ACCESS_TOKEN_AUDIENCE }, named: { ...UNNAMED, audience: ACCESS_TOKEN_AUDIENCE } },
  ];
  const made: string[] = [];
  for (const { env, named } of SERVERS) {
    await using app = await startApp({ database, keys, env });
    // Database and keys are the same, so only issuer and audience distinguish the tokens.
    for (const token of made) assert.equal(await viewerOf(app, token), null);
    const { accessToken, username } = await newPerson(app);
    const { payload: { iss, aud } } = await verified(app, accessToken, named);
    assert.deepEqual({ issuer: iss, audience: aud }, named);
    assert.equal(await viewerOf(app, accessToken), username);
    made.push(accessToken);
  }
});

onPglite("R10: a service whose clock is a second behind accepts a new token", async (database) => {
  await using app = await startApp({ database });
  const { accessToken, id } = await newPerson(app);
  const aSecondBefore = new Date(Number(read(accessToken, 1)["iat"]) * 1000 - 1_000);
  const keys = createLocalJWKSet(await publishedKeys(app));
  const { payload } = await jwtVerify(accessToken, keys, { ...UNNAMED, currentDate: aSecondBefore });
  assert.equal(payload.sub, id);
});

onPglite("R10: clocks may differ by five seconds for iat and nbf, and not for exp", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const taken = async (claims: (now: number) => Record<string, number>) =>
    await viewerOf(app, crafted(app, ada, claims(seconds(app)))) !== null;
  for (const claim of ["iat", "nbf"]) {
    assert.ok(await taken((now) => ({ [claim]: now + 4 })), claim);
    assert.ok(!await taken((now) => ({ [claim]: now + 9 })), claim);
    assert.ok(await taken((now) => ({ [claim]: now - 880 })), claim);
  }
  assert.ok(await taken((now) => ({ exp: now + 30 })));
  assert.ok(!await taken((now) => ({ exp: now })));
  // The server's own clock steps back after it issued the token.
  const { accessToken } = (await signIn(app, ada.username)).tokens;
  app.clock.advance(-4);
  assert.equal(await viewerOf(app, accessToken), ada.username);
  app.clock.advance(-4);
  assert.equal(await viewerOf(app, accessToken), null);
});

onEachDatabase("viewer, authState and protectedData answer each kind of caller", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const QUERY = `{ viewer { id username } authState { currentState stateMetadata allowedTransitions
    user { id } session { id current } } protectedData { message user accessTimestamp } }`;
  const answer = async (token?: string) => {
    const { data, errors } = await post(app, QUERY, { token });
    assert.equal(data, null, "protectedData is refused, and cannot be null");
    const open = await post(app, QUERY.replace(/protectedData.*\}/s, "}"), { token });
    assert.deepEqual(open.errors, []);
    return { ...open.data, refused: errors.map((error) => error.extensions?.code) };
  };
  const signedOut = {
    viewer: null,
    authState: {
      currentState: "VISITOR",
      stateMetadata: {},
      allowedTransitions: ["AUTH"],
      user: null,
      session: null,
    },
  };
  assert.deepEqual(await answer(), { ...signedOut, refused: ["UNAUTHENTICATED"] });
  for (const token of [`${ada.accessToken}x`, "x", ada.refreshToken, ada.id]) {
    const { data, errors } = await post(app, "{ viewer { id } authState { currentState } }", { token });
    assert.deepEqual([data, errors[0]?.extensions?.code], [undefined, "UNAUTHENTICATED"], token);
  }
  for (const role of ["READ", "REVEAL"] as const) {
    assert.deepEqual(await answer(await app.operatorToken(role)), { ...signedOut, refused: ["FORBIDDEN"] });
  }
  const { data, errors } = await post(app, QUERY, { token: ada.accessToken });
  assert.deepEqual(errors, []);
  const { viewer, authState, protectedData } = data as Record<string, Record<string, unknown>>;
  assert.deepEqual(viewer, { id: ada.id, username: ada.username });
  assert.equal(authState?.["currentState"], "AUTH");
  assert.deepEqual(authState?.["user"], { id: ada.id });
  assert.deepEqual(authState?.["session"], { id: ada.sessionId, current: true });
  assert.equal(protectedData?.["user"], ada.username);
  const { user, auth } = authState?.["stateMetadata"] as Record<string, Record<string, unknown>>;
  assert.deepEqual(user, { authId: ada.id, email: null, name: null, picture: null });
  assert.equal(auth?.["provider"], "password");
});
