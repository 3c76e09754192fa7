import assert from "node:assert/strict";
import { VerifiedTokenCache } from "../../src/accounts/sessions/verified_token_cache.ts";
import { startApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { onPglite } from "../support/databases.ts";
import { heldBytes } from "../support/held_bytes.ts";
import { ask, ENDPOINT, post } from "../support/wire.ts";

const MIB = 1024 * 1024;

/** A text that is not part of another. */
const long = (text: string): string => JSON.parse(JSON.stringify(text));

onPglite(
  "R51: a body that arrives in single bytes holds no more memory than its length",
  async (database) => {
    await using app = await startApp({ database });
    const text = new TextEncoder().encode(`{"query":"{ __typename }"${" ".repeat(2_000)}}`);
    const before = heldBytes();
    let sent = 0;
    let held = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (sent === text.length) {
          held = heldBytes() - before;
          return controller.close();
        }
        // As Deno reads a socket: each read has a buffer of its own, however little arrives.
        const chunk = new Uint8Array(64 * 1024).subarray(0, 1);
        chunk.set(text.subarray(sent, ++sent));
        controller.enqueue(chunk);
      },
    });
    const headers = { "content-type": "application/json" };
    const { data } = await ask(app, new Request(ENDPOINT, { method: "POST", headers, body }));
    assert.deepEqual(data, { __typename: "Query" });
    assert.ok(held < 16 * MIB, `${held} bytes for ${text.length}`);
  },
);

onPglite("R52: refusals keep no long header in memory", async (database) => {
  await using app = await startApp({ database, env: { TRUSTED_PROXIES: "10.0.0.1" } });
  const before = heldBytes();
  for (let n = 100; n < 400; n++) {
    const forwarded = long(`${" ".repeat(100_000)}, 203.0.113.${n % 100 + 100}`);
    const headers = { "user-agent": long(`${n}${"x".repeat(100_000)}`) };
    const document = `mutation { requestEmailCode(input: { email: "${n}" }) { __typename } }`;
    const { data } = await post(from(app, "10.0.0.1", forwarded), document, { headers });
    assert.deepEqual(data, { requestEmailCode: { __typename: "InvalidInputError" } });
  }
  const held = heldBytes() - before;
  assert.ok(held < 16 * MIB, `${held} bytes for 300 refusals`);
});

Deno.test("R52: the cache of verified tokens is limited by its memory", () => {
  const cache = new VerifiedTokenCache();
  const before = heldBytes();
  for (let n = 0; n < 10_000; n++) {
    cache.add(long(`${n}.`.padEnd(5_000, "x")), { kid: "k", claims: { sub: "usr_1" } });
  }
  const held = heldBytes() - before;
  assert.ok(held < 16 * MIB, `${held} bytes`);
  assert.ok(cache.get("9999.".padEnd(5_000, "x")), "the newest is kept");
});
