import assert from "node:assert/strict";
import type { TestApp } from "./app.ts";
import { read } from "./crafted_tokens.ts";
import { mutate } from "./people.ts";
import { ask, ENDPOINT } from "./wire.ts";

const SHAPES: Record<string, object> = {
  EdDSA: { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" },
  ES256: { kty: "EC", crv: "P-256", alg: "ES256", use: "sig" },
};

/** The published kids of an algorithm, oldest signing key first. */
export async function published(app: TestApp, algorithm = "EdDSA"): Promise<string[]> {
  const { text } = await ask(app, new Request(new URL("/.well-known/jwks.json", ENDPOINT)));
  const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] };
  for (const { kid: _kid, x, y, ...key } of keys) {
    assert.deepEqual(key, SHAPES[String(key["alg"])], "only the public half");
    for (const coordinate of key["alg"] === "ES256" ? [x, y] : [x]) {
      assert.match(String(coordinate), /^[\w-]{43}$/);
    }
  }
  return keys.filter(({ alg }) => alg === algorithm).map(({ kid }) => String(kid));
}

export const algorithmOf = (token: string) => String(read(token, 0)["alg"]);

export const kidOf = (token: string) => String(read(token, 0)["kid"]);

export async function rotate(app: TestApp, token: string): Promise<string> {
  const { __typename, message } = await mutate<{ message: string }>(
    app,
    "mutation { rotateSigningKey { __typename ... on Done { message } ... on AuthError { message } } }",
    { token },
  );
  assert.equal(__typename, "Done", message);
  return message;
}
