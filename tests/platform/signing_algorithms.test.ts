import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { maintainSigningKeys } from "../../src/accounts/sessions/signing_key_rotation.ts";
import { createVerifier } from "../../src/client/server/verifier.ts";
import { keyLifetimesOf } from "../../src/wiring/settings.ts";
import { movableClock, newKeyring, startApp, type TestApp, testConfig } from "../support/app.ts";
import { part, rightClaims, signed } from "../support/crafted_tokens.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { newPerson, refresh, signedIn, viewerOf } from "../support/people.ts";
import { algorithmOf, kidOf, published, rotate } from "../support/published_keys.ts";
import { assertAllRefused } from "../support/refused_tokens.ts";
import { cookieOf, OWN_PAGE } from "../support/token_kinds.ts";
import { listen, post } from "../support/wire.ts";

const ES256 = { ACCESS_TOKEN_ALGORITHM: "ES256" };
const MINUTES = 60;
const DAYS = 24 * 60 * MINUTES;

/** Verifies a token with the published keys, as a gateway that supports these algorithms does, and returns its user. */
async function gatewaysUser(app: TestApp, token: string, ...algorithms: string[]): Promise<unknown> {
  await using server = listen(app);
  const jwksUrl = new URL("/.well-known/jwks.json", server.url);
  const issuer = "urn:sallyport";
  const { payload } = await jwtVerify(token, createRemoteJWKSet(jwksUrl), {
    issuer,
    algorithms,
    typ: "at+jwt",
  });
  assert.equal((await createVerifier({ issuer, jwksUrl }).verify(token)).userId, payload.sub);
  return payload.sub;
}

async function viewerByCookie(app: TestApp, cookie: string): Promise<unknown> {
  const { data } = await post(app, "{ viewer { username } }", { headers: { cookie, ...OWN_PAGE } });
  return (data?.["viewer"] as { username: string } | null)?.username;
}

onEachDatabase(
  "a new server signs with ES256 at once, and publishes keys of both algorithms",
  async (database) => {
    await using app = await startApp({ database, env: ES256 });
    const ada = await newPerson(app);
    assert.equal(algorithmOf(ada.accessToken), "ES256");
    assert.deepEqual(await published(app, "ES256"), [kidOf(ada.accessToken)]);
    assert.equal((await published(app, "EdDSA")).length, 1);
    assert.equal(await gatewaysUser(app, ada.accessToken, "ES256"), ada.id);
    assert.equal(await viewerOf(app, ada.accessToken), ada.username);
    const cookie = await cookieOf(app, ada.username);
    assert.equal(algorithmOf(cookie.slice(cookie.indexOf("=") + 1)), "ES256");
    assert.equal(await viewerByCookie(app, cookie), ada.username);
  },
);

onPostgres("changing the algorithm, and changing it back, signs no user out", async (database) => {
  const [keys, clock] = [newKeyring(), movableClock()];
  const start = (env: Record<string, string>) => startApp({ database, keys, clock, env });
  await using one = await start({});
  const ada = await newPerson(one);
  const cookie = await cookieOf(one, ada.username);
  assert.equal(algorithmOf(ada.accessToken), "EdDSA");
  {
    await using early = await start(ES256);
    const { accessToken } = await signedIn(early, ada.username);
    assert.equal(algorithmOf(accessToken), "EdDSA", "the other key is not published long enough");
  }
  clock.advance(5 * MINUTES + 1);
  // Two settings on the same database, as during a replacement of instances.
  await using other = await start(ES256);
  const later = (await refresh(other, ada.refreshToken)).tokens;
  assert.equal(algorithmOf(later.accessToken), "ES256");
  for (const app of [one, other]) {
    assert.equal(await viewerOf(app, ada.accessToken), ada.username);
    assert.equal(await viewerOf(app, later.accessToken), ada.username);
    assert.equal(await viewerByCookie(app, cookie), ada.username);
    assert.equal(await gatewaysUser(app, later.accessToken, "ES256"), ada.id);
    assert.equal(await gatewaysUser(app, ada.accessToken, "EdDSA"), ada.id);
  }
  const back = (await refresh(one, later.refreshToken)).tokens;
  assert.equal(algorithmOf(back.accessToken), "EdDSA");
  assert.equal(await viewerOf(other, back.accessToken), ada.username);
});

onPglite("ES256 keys rotate like EdDSA keys", async (database) => {
  await using app = await startApp({ database, env: ES256 });
  const ada = await newPerson(app);
  const cookie = await cookieOf(app, ada.username);
  const tend = async () => {
    await maintainSigningKeys(app.services, keyLifetimesOf(testConfig({})));
    await app.services.sessions.signingKeys.reload();
  };
  assert.match(
    await rotate(app, await app.operatorToken("OPERATE")),
    /^A new key is published and signs from /,
  );
  const [first = "", second = ""] = await published(app, "ES256");
  app.clock.advance(5 * MINUTES - 20);
  assert.equal(kidOf((await signedIn(app, ada.username)).accessToken), first);
  app.clock.advance(21);
  assert.equal(kidOf((await signedIn(app, ada.username)).accessToken), second);
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  await tend();
  assert.deepEqual(await published(app, "ES256"), [first, second]);
  app.clock.advance(7 * DAYS + 301);
  assert.equal(await viewerByCookie(app, cookie), undefined);
  await tend();
  assert.deepEqual(await published(app, "ES256"), [second]);
  app.clock.advance(90 * DAYS);
  await tend();
  assert.equal((await published(app, "ES256")).length, 2, "the next one is published");
  assert.equal((await published(app, "EdDSA")).length, 2, "and one of the algorithm that is not in use");
});

onPostgres("a key verifies only its own algorithm", async (database) => {
  const keys = newKeyring();
  await using ed = await startApp({ database, keys });
  ed.clock.advance(5 * MINUTES + 1);
  await using ec = await startApp({ database, keys, env: ES256, clock: ed.clock });
  const ada = await newPerson(ec);
  assert.equal(algorithmOf(ada.accessToken), "ES256");
  const [header = "", payload = "", signature = ""] = ada.accessToken.split(".");
  const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
  const [edKid = "", ecKid = ""] = [...await published(ec, "EdDSA"), ...await published(ec, "ES256")];
  const under = (app: TestApp, head: Record<string, unknown>) =>
    signed(app, (kid) => `${part({ typ: "at+jwt", kid, ...head })}.${part(rightClaims(app, ada))}`);
  assert.equal(await viewerOf(ec, under(ec, { alg: "ES256" })), ada.username, "the crafted form is right");
  assert.equal(await viewerOf(ec, under(ed, { alg: "EdDSA" })), ada.username, "of either algorithm");
  await assertAllRefused(ec, ada, {
    "ES256, called EdDSA": under(ec, { alg: "EdDSA" }),
    "EdDSA, called ES256": under(ed, { alg: "ES256" }),
    "ES256 under the key of EdDSA": under(ec, { alg: "ES256", kid: edKid }),
    "and called EdDSA": under(ec, { alg: "EdDSA", kid: edKid }),
    "EdDSA under the key of ES256": under(ed, { alg: "EdDSA", kid: ecKid }),
    "and called ES256": under(ed, { alg: "ES256", kid: ecKid }),
    "ES384": under(ec, { alg: "ES384" }),
    "no alg": under(ec, {}),
    "zeros": `${header}.${payload}.${part(new Uint8Array(64))}`,
    "a byte less": `${header}.${payload}.${part(bytes.slice(0, 63))}`,
    "a byte more": `${header}.${payload}.${part(new Uint8Array([...bytes, 0]))}`,
    "another's claims": `${header}.${(await newPerson(ec)).accessToken.split(".")[1]}.${signature}`,
  });
});
