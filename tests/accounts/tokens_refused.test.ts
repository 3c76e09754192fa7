import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { sql } from "kysely";
import { newKeyring, startApp } from "../support/app.ts";
import { crafted, type Json, part, read, rightClaims, seconds, signed } from "../support/crafted_tokens.ts";
import { newPostgres, onPglite, onPostgres } from "../support/databases.ts";
import { newPerson, viewerOf } from "../support/people.ts";
import { assertAllRefused } from "../support/refused_tokens.ts";
import { post } from "../support/wire.ts";

onPglite("R10: a header that differs from ours is rejected", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { keys: [published] } = app.services.sessions.signingKeys.jwks();
  const publicJwk = { kty: published?.kty, crv: published?.["crv"], x: published?.["x"] };
  const HEADERS: Record<string, Json> = {
    "no alg": { alg: undefined },
    "alg none": { alg: "none" },
    "alg NONE": { alg: "NONE" },
    "alg HS256": { alg: "HS256" },
    "alg Ed25519": { alg: "Ed25519" },
    "alg in lower case": { alg: "eddsa" },
    "alg a list": { alg: ["EdDSA"] },
    "no typ": { typ: undefined },
    "typ JWT": { typ: "JWT" },
    "typ of the cookie": { typ: "session+jwt" },
    "typ in capitals": { typ: "AT+JWT" },
    "typ with its prefix": { typ: "application/at+jwt" },
    "typ a list": { typ: ["at+jwt"] },
    "crit": { crit: ["exp"] },
    "crit of nothing": { crit: [] },
    "b64": { b64: false, crit: ["b64"] },
    "b64 true": { b64: true },
    "jwk": { jwk: publicJwk },
    "jku": { jku: "https://evil.test/jwks.json" },
    "x5c": { x5c: ["MIIB"] },
    "x5u": { x5u: "https://evil.test/cert.pem" },
    "cty": { cty: "JWT" },
    "zip": { zip: "DEF" },
    "no kid": { kid: undefined },
    "kid null": { kid: null },
    "kid a list": { kid: [published?.kid] },
    "kid unknown": { kid: "A".repeat(43) },
    "kid empty": { kid: "" },
    "kid a path": { kid: "../../../../dev/null" },
    "kid SQL": { kid: `${published?.kid}' or '1'='1` },
    "kid a property": { kid: "__proto__" },
    "kid a megabyte": { kid: "k".repeat(1_000_000) },
  };
  assert.equal(await viewerOf(app, crafted(app, ada)), ada.username, "a crafted token passes as it is");
  const tokens = Object.entries(HEADERS).map(([what, header]) => [what, crafted(app, ada, {}, header)]);
  await assertAllRefused(app, ada, Object.fromEntries(tokens));
});

onPglite("R10: claims that are missing, wrong, or of another type are rejected", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const grace = await newPerson(app);
  const now = seconds(app);
  const right = rightClaims(app, ada);
  const CLAIMS: Record<string, Json> = {
    "expired": { exp: now - 1 },
    "from the future": { iat: now + 60 },
    "not yet": { nbf: now + 60 },
    "of another issuer": { iss: "https://evil.test" },
    "of an issuer that begins alike": { iss: `${right["iss"]}.evil.test` },
    "for another audience": { aud: "https://evil.test" },
    "for a list that holds us": { aud: [right["aud"], "https://evil.test"] },
    "for a list of us alone": { aud: [right["aud"]] },
    "sub of another kind": { sub: ada.sessionId },
    "sub a list": { sub: [ada.id] },
    "sub empty": { sub: "" },
    "sub SQL": { sub: "usr_' or '1'='1" },
    "sid of another kind": { sid: ada.id },
    "sid a list": { sid: [ada.sessionId] },
    "exp huge": { exp: Number.MAX_VALUE },
    "exp beyond every date": { exp: 1e14 },
    "exp negative": { exp: -1 },
    "nbf huge": { nbf: 1e300 },
  };
  for (const claim of ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "auth_time"]) {
    if (claim !== "nbf") CLAIMS[`no ${claim}`] = { [claim]: undefined };
    CLAIMS[`${claim} null`] = { [claim]: null };
    CLAIMS[`${claim} true`] = { [claim]: true };
    CLAIMS[`${claim} an object`] = { [claim]: {} };
    CLAIMS[`${claim} a list`] = { [claim]: [right[claim]] };
  }
  for (const claim of ["iat", "nbf", "exp", "auth_time"]) {
    CLAIMS[`${claim} a text`] = { [claim]: String(right[claim]) };
    CLAIMS[`${claim} a date`] = { [claim]: new Date(Number(right[claim]) * 1000).toISOString() };
    CLAIMS[`${claim} NaN`] = { [claim]: "NaN" };
  }
  const tokens = Object.entries(CLAIMS).map(([what, claims]) => [what, crafted(app, ada, claims)]);
  // JSON that `JSON.stringify` does not produce.
  const payloads: Record<string, string | Uint8Array> = {
    "no JSON": "usr",
    "empty": "",
    "null": "null",
    "a list": JSON.stringify([right]),
    "a text": JSON.stringify(JSON.stringify(right)),
    "no UTF-8": new Uint8Array([0xff, 0xfe, ...new TextEncoder().encode(JSON.stringify(right))]),
    "UTF-8 cut off": new TextEncoder().encode(JSON.stringify({ ...right, x: "é" })).slice(0, -3),
    "exp beyond every number": JSON.stringify(right).replace(/"exp":\d+/, '"exp":1e999'),
    "iat below every number": JSON.stringify(right).replace(/"iat":\d+/, '"iat":-1e999'),
    "NaN as it is": JSON.stringify(right).replace(/"exp":\d+/, '"exp":NaN'),
    "a key twice, the wrong one last": JSON.stringify(right).replace(/\}$/, ',"iss":"https://evil.test"}'),
  };
  const whole = (payload: string | Uint8Array) =>
    signed(app, (kid) => `${part({ alg: "EdDSA", typ: "at+jwt", kid })}.${part(payload)}`);
  assert.equal(await viewerOf(app, whole(JSON.stringify(right))), ada.username);
  for (const [what, payload] of Object.entries(payloads)) tokens.push([`payload: ${what}`, whole(payload)]);
  await assertAllRefused(app, ada, Object.fromEntries(tokens));
  // A session id with another user's id was rejected too, and both users are unaffected.
  assert.equal(await viewerOf(app, grace.accessToken), grace.username);
});

onPglite("R10: a signature that our key did not make is rejected", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const [header = "", payload = "", signature = ""] = ada.accessToken.split(".");
  const { kid } = read(ada.accessToken, 0);
  const { keys: [published] } = app.services.sessions.signingKeys.jwks();
  const mine = generateKeyPairSync("ed25519");
  const by = (head: Json, sign: (input: string) => Uint8Array) => {
    const input = `${part(head)}.${payload}`;
    return `${input}.${part(sign(input))}`;
  };
  const own = (input: string) => signWith(null, new TextEncoder().encode(input), mine.privateKey);
  const hmac = (key: string | Uint8Array) => (input: string) =>
    createHmac("sha256", key).update(input).digest();
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const x = String(published?.["x"]);
  const right = { alg: "EdDSA", typ: "at+jwt", kid };
  const grace = await newPerson(app);
  await assertAllRefused(app, ada, {
    "another key under our kid": by(right, own),
    "another key, given along": by({ ...right, jwk: mine.publicKey.export({ format: "jwk" }) }, own),
    "another key under a kid of its own": by({ ...right, kid: "mine" }, own),
    "HS256 with the public key's text": by({ ...right, alg: "HS256" }, hmac(x)),
    "HS256 with the public key's bytes": by(
      { ...right, alg: "HS256" },
      hmac(Uint8Array.fromBase64(x, { alphabet: "base64url" })),
    ),
    "HS256 with the published key": by({ ...right, alg: "HS256" }, hmac(JSON.stringify(published))),
    "HS256 with nothing": by({ ...right, alg: "HS256" }, hmac("")),
    "EdDSA that is an HMAC": by(right, hmac(x)),
    "ES256": by(
      { ...right, alg: "ES256" },
      (input) => signWith("sha256", new TextEncoder().encode(input), ec.privateKey),
    ),
    "alg none, unsigned": `${part({ ...right, alg: "none" })}.${payload}.`,
    "alg none, signed as before": `${part({ ...right, alg: "none" })}.${payload}.${signature}`,
    "no signature": `${header}.${payload}.`,
    "zeros": `${header}.${payload}.${part(new Uint8Array(64))}`,
    "a byte less": `${header}.${payload}.${
      part(Uint8Array.fromBase64(signature, { alphabet: "base64url" }).slice(0, 63))
    }`,
    "a byte more": `${header}.${payload}.${
      part(new Uint8Array([...Uint8Array.fromBase64(signature, { alphabet: "base64url" }), 0]))
    }`,
    "another token's": `${header}.${payload}.${grace.accessToken.split(".")[2]}`,
    "another's claims": `${header}.${grace.accessToken.split(".")[1]}.${signature}`,
  });
});

onPostgres("R10: another server's token is rejected, even with the same issuer", async (database) => {
  await using elsewhere = await newPostgres();
  const keys = newKeyring();
  await using app = await startApp({ database, keys });
  await using other = await startApp({ database: elsewhere, keys });
  const ada = await newPerson(app, "ada");
  const theirs = await newPerson(other, "ada");
  await assertAllRefused(app, ada, { theirs: theirs.accessToken });
  await assertAllRefused(other, theirs, { ours: ada.accessToken });
});

onPglite("a token of a deleted user is rejected", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await sql`delete from users where id = ${ada.id}`.execute(app.services.db);
  assert.equal(await viewerOf(app, ada.accessToken), null);
  const { errors } = await post(app, "{ protectedData { user } }", { token: ada.accessToken });
  assert.deepEqual(errors.map(({ extensions }) => extensions?.code), ["UNAUTHENTICATED"]);
});
