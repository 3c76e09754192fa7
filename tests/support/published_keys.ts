import assert from "node:assert/strict";
import type { TestApp } from "./app.ts";
import { read } from "./crafted_tokens.ts";
import { mutate } from "./people.ts";
import { ask, ENDPOINT } from "./wire.ts";

/** The published kids, oldest signing key first. */
export async function published(app: TestApp): Promise<string[]> {
  const { text } = await ask(app, new Request(new URL("/.well-known/jwks.json", ENDPOINT)));
  const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] };
  for (const { kid: _kid, x, ...key } of keys) {
    assert.deepEqual(key, { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" }, "only the public half");
    assert.match(String(x), /^[\w-]{43}$/);
  }
  return keys.map(({ kid }) => String(kid));
}

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
