import assert from "node:assert/strict";
import fc from "fast-check";
import { startApp } from "../support/app.ts";
import { part, rightClaims, signed } from "../support/crafted_tokens.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, viewerOf } from "../support/people.ts";
import { assertAllRefused } from "../support/refused_tokens.ts";
import { graphqlRequest } from "../support/wire.ts";

onPglite(
  "R12: parts that are not canonical base64url are rejected, even with a valid signature",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const right = JSON.stringify(rightClaims(app, ada));
    // Trailing spaces in the JSON give parts of every length, and so trailing bits to set.
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
    // The standard alphabet, with a payload that encodes differently in it.
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

/** The next letter of the base64url alphabet: sets one bit, where trailing bits are unused. */
function next(letter: string): string {
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return LETTERS[LETTERS.indexOf(letter) + 1] ?? "A";
}

onPglite("the scheme is Bearer in any case, with exactly one token", async (database) => {
  await using app = await startApp({ database });
  const { accessToken: token, username } = await newPerson(app);
  const who = async (authorization: string) => await viewerOf(app, "", { headers: { authorization } });
  for (const scheme of ["Bearer ", "bearer ", "BEARER ", "Bearer  ", "bearer     "]) {
    assert.equal(await who(`${scheme}${token}`), username);
  }
  const NONE = [
    "",
    "Bearer",
    token,
    `Basic ${token}`,
    `Bearer\t${token}`,
    `Bearer,${token}`,
  ];
  const TWO = [`Bearer ${token} ${token}`, `Bearer ${token}, Bearer ${token}`, `Bearer x, Bearer ${token}`];
  for (const authorization of [...NONE, ...TWO, `DPoP ${token}`, `Bearer token="${token}"`]) {
    assert.equal(await who(authorization), null, authorization.replace(token, "…"));
  }
  const request = graphqlRequest("{ viewer { username } }", { token });
  request.headers.append("authorization", `Bearer ${token}`);
  assert.equal((await app.fetch(request)).status, 400, "the header twice");
});

onPglite("R12: a token changed in any one place is rejected", async (database) => {
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
  // Replaces each letter of the token once.
  for (let at = 0; at < token.length; at++) {
    if (token[at] === ".") continue;
    const text = token.slice(0, at) + next(token[at] ?? "") + token.slice(at + 1);
    assert.equal(await viewerOf(app, text), null, `letter ${at}`);
  }
  assert.equal(await viewerOf(app, token), ada.username);
});

/** Flips one bit of the part that contains the letter. The parts stay canonical. */
function flipped(token: string, at: number, bit: number): string {
  const parts = token.split(".");
  const index = token.slice(0, at).split(".").length - 1;
  const bytes = Uint8Array.fromBase64(parts[index] ?? "", { alphabet: "base64url" });
  const byte = at % bytes.length;
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
  parts[index] = part(bytes);
  return parts.join(".");
}
