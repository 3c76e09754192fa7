import assert from "node:assert/strict";
import { createHmac, createPrivateKey, generateKeyPairSync, sign as signWith } from "node:crypto";
import fc from "fast-check";
import { sql } from "kysely";
import { newKeyring, startApp, type TestApp } from "./support/app.ts";
import { crafted, type Json, part, read, rightClaims, seconds, signed } from "./support/crafted_tokens.ts";
import { newPostgres, onPglite, onPostgres } from "./support/databases.ts";
import { newPerson, type Person, viewerOf } from "./support/people.ts";
import { graphqlRequest, post } from "./support/wire.ts";

const QUERY = "{ authState { user { id } } viewer { username } }";
const REFUSED = { authState: { user: null }, viewer: null };

/** Insists that nobody is signed in by this token, and that it is no fault of ours. */
async function assertRefused(app: TestApp, token: string, what: string): Promise<void> {
  const answer = await post(app, QUERY, { token });
  assert.deepEqual({ data: answer.data, errors: answer.errors }, { data: REFUSED, errors: [] }, what);
  const needed = await post(app, "{ protectedData { user } }", { token });
  assert.deepEqual(needed.errors.map(({ extensions }) => extensions?.code), ["UNAUTHENTICATED"], what);
}

/** Insists that all of them are refused, and that the person's own token passes before and after. */
async function assertAllRefused(app: TestApp, person: Person, tokens: Record<string, string>): Promise<void> {
  assert.equal(await viewerOf(app, person.accessToken), person.username);
  for (const [what, token] of Object.entries(tokens)) await assertRefused(app, token, what);
  assert.equal(await viewerOf(app, person.accessToken), person.username);
  assert.equal(app.services.metrics.recent("failures", app.services.now()), 0);
}

onPglite("R10: a header that says anything but what ours say is refused", async (database) => {
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

onPglite("R10: claims that are missing, wrong, or of another type are refused", async (database) => {
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
    "for somebody else": { aud: "https://evil.test" },
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
    CLAIMS[`no ${claim}`] = { [claim]: undefined };
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
  // JSON that JavaScript would not write.
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
  // The session of one with the id of another: nobody signs that, and both are as they were.
  assert.equal(await viewerOf(app, grace.accessToken), grace.username);
});

onPglite("R10: a signature by anything but our key is refused", async (database) => {
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
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
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
    "RS256": by(
      { ...right, alg: "RS256" },
      (input) =>
        signWith(
          "sha256",
          new TextEncoder().encode(input),
          createPrivateKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" })),
        ),
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

onPostgres("R10: another server's token is refused, though it goes by the same name", async (database) => {
  await using elsewhere = await newPostgres();
  const keys = await newKeyring();
  await using app = await startApp({ database, keys });
  await using other = await startApp({ database: elsewhere, keys });
  const ada = await newPerson(app, "ada");
  const theirs = await newPerson(other, "ada");
  await assertAllRefused(app, ada, { theirs: theirs.accessToken });
  await assertAllRefused(other, theirs, { ours: ada.accessToken });
});

onPglite(
  "R12: parts that are not canonical base64url are refused, however they are signed",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const right = JSON.stringify(rightClaims(app, ada));
    // Spaces at the end of the JSON make parts of every length, and so with trailing bits to set.
    const padded = (json: string, over: number) => json + " ".repeat((over + 3 - json.length % 3) % 3);
    const make = (over: number, spoil: (part: string) => string, where: 0 | 1) =>
      signed(app, (kid) => {
        const parts = [
          part(padded(JSON.stringify({ alg: "EdDSA", typ: "at+jwt", kid }), over)),
          part(padded(right, over)),
        ];
        parts[where] = spoil(parts[where] ?? "");
        return parts.join(".");
      });
    const lastPlusOne = (text: string) => text.slice(0, -1) + next(text.at(-1) ?? "");
    const tokens: Record<string, string> = {};
    for (const where of [0, 1] as const) {
      for (const over of [0, 1, 2]) {
        assert.equal(await viewerOf(app, make(over, (text) => text, where)), ada.username, "canonical");
      }
      tokens[`${where}: two trailing bits`] = make(2, lastPlusOne, where);
      tokens[`${where}: four trailing bits`] = make(1, lastPlusOne, where);
      tokens[`${where}: padding`] = make(2, (text) => `${text}=`, where);
      tokens[`${where}: more padding`] = make(1, (text) => `${text}==`, where);
      tokens[`${where}: padding without need`] = make(0, (text) => `${text}=`, where);
      tokens[`${where}: a letter too many`] = make(0, (text) => `${text}A`, where);
      tokens[`${where}: a sign of no alphabet`] = make(
        0,
        (text) => `${text.slice(0, 8)}!${text.slice(8)}`,
        where,
      );
      tokens[`${where}: empty`] = make(0, () => "", where);
      tokens[`${where}: percent`] = make(0, (text) => `%65${text.slice(1)}`, where);
    }
    // The standard alphabet, where it makes a difference.
    const odd = signed(
      app,
      (kid) =>
        `${part({ alg: "EdDSA", typ: "at+jwt", kid })}.${
          part(JSON.stringify({ ...JSON.parse(right), x: "~~~???" }))
        }`,
    );
    assert.equal(await viewerOf(app, odd), ada.username);
    tokens["the standard alphabet"] = signed(
      app,
      () => odd.split(".").slice(0, 2).join(".").replaceAll("_", "/").replaceAll("-", "+"),
    );
    assert.match(tokens["the standard alphabet"], /[+/]/);

    const [header = "", payload = "", signature = ""] = ada.accessToken.split(".");
    Object.assign(tokens, {
      "signature: trailing bits": `${header}.${payload}.${lastPlusOne(signature)}`,
      "signature: padding": `${ada.accessToken}==`,
      "one part": header,
      "two parts": `${header}.${payload}`,
      "four parts": `${ada.accessToken}.`,
      "four parts, an empty one first": `.${ada.accessToken}`,
      "five parts, as when encrypted": `${ada.accessToken}.${header}.${header}`,
      "dots alone": "..",
      "a dot": ".",
      "a comma": `${ada.accessToken},`,
      "in quotes": `"${ada.accessToken}"`,
      "itself twice": `${ada.accessToken}${ada.accessToken}`,
      "in capitals": ada.accessToken.toUpperCase(),
      "a megabyte": `${header}.${"A".repeat(1_000_000)}.${signature}`,
      "a megabyte of dots": ".".repeat(1_000_000),
    });
    await assertAllRefused(app, ada, tokens);
  },
);

/** The next letter of the alphabet of base64url: one bit more, where the last bits mean nothing. */
function next(letter: string): string {
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return LETTERS[LETTERS.indexOf(letter) + 1] ?? "A";
}

onPglite("the scheme is Bearer in any case, and one token comes alone", async (database) => {
  await using app = await startApp({ database });
  const { accessToken: token, username } = await newPerson(app);
  const who = async (authorization: string) => await viewerOf(app, "", { headers: { authorization } });
  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    assert.equal(await who(`${scheme} ${token}`), username);
  }
  const NONE = [
    "",
    "Bearer",
    token,
    `Basic ${token}`,
    `Bearer  ${token}`,
    `Bearer\t${token}`,
    `Bearer,${token}`,
  ];
  const TWO = [`Bearer ${token} ${token}`, `Bearer ${token}, Bearer ${token}`, `Bearer x, Bearer ${token}`];
  for (const authorization of [...NONE, ...TWO, `DPoP ${token}`, `Bearer token="${token}"`]) {
    assert.equal(await who(authorization), null, authorization.replace(token, "…"));
  }
  const request = graphqlRequest("{ viewer { username } }", { token });
  request.headers.append("authorization", `Bearer ${token}`);
  assert.deepEqual((await (await app.fetch(request)).json()).data, { viewer: null }, "the header twice");
});

onPglite("R12: a token that was changed in any one place is refused", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const token = ada.accessToken;
  const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
  const place = fc.nat({ max: token.length - 1 });
  const changed = fc.oneof(
    fc.tuple(place, printable).map(([at, by]) => token.slice(0, at) + by + token.slice(at + 1)),
    fc.tuple(place, printable).map(([at, more]) => token.slice(0, at) + more + token.slice(at)),
    place.map((at) => token.slice(0, at) + token.slice(at + 1)),
    place.map((at) => token.slice(0, at)),
    fc.tuple(place, place).map(([from, to]) =>
      token.slice(0, from) + token.slice(Math.min(from, to), to) + token.slice(to)
    ),
    fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([at, bit]) => flipped(token, at, bit)),
  ).filter((text) => text !== token && text !== "");
  await fc.assert(
    fc.asyncProperty(changed, async (text) => assert.equal(await viewerOf(app, text), null, text)),
    { numRuns: 600 },
  );
  // Each letter by its neighbour: every place once.
  for (let at = 0; at < token.length; at++) {
    if (token[at] === ".") continue;
    const text = token.slice(0, at) + next(token[at] ?? "") + token.slice(at + 1);
    assert.equal(await viewerOf(app, text), null, `letter ${at}`);
  }
  assert.equal(await viewerOf(app, token), ada.username);
});

/** One bit of the part that the letter belongs to, flipped; the parts stay canonical. */
function flipped(token: string, at: number, bit: number): string {
  const parts = token.split(".");
  const index = token.slice(0, at).split(".").length - 1;
  const bytes = Uint8Array.fromBase64(parts[index] ?? "", { alphabet: "base64url" });
  const byte = at % bytes.length;
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
  parts[index] = part(bytes);
  return parts.join(".");
}

onPglite("a token of no session, or of a user who is gone, signs nobody in", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await sql`delete from users where id = ${ada.id}`.execute(app.services.db);
  assert.equal(await viewerOf(app, ada.accessToken), null);
  const { errors } = await post(app, "{ protectedData { user } }", { token: ada.accessToken });
  assert.deepEqual(errors.map(({ extensions }) => extensions?.code), ["UNAUTHENTICATED"]);
});
