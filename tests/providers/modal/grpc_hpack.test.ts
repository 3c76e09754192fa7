import assert from "node:assert/strict";
import { encodeHeaders, HeaderDecoder } from "../../../src/providers/modal/grpc/hpack.ts";
// Written by make_hpack.py beside it, with another implementation of HPACK.
import sample from "../../samples/hpack.json" with { type: "json" };

/** Where the entries begin that a connection remembers, after those that all know. */
const FIRST_ENTRY = 62;

Deno.test("RFC 7541: header blocks of another implementation read as it wrote them", async (t) => {
  for (const { title, blocks, table } of sample.connections) {
    await t.step(title, () => {
      const decoder = new HeaderDecoder();
      for (const { hex, headers } of blocks) {
        const read = decoder.decode(Uint8Array.fromHex(hex));
        assert.deepEqual(read.map((header) => header.join(": ")), headers);
      }
      const entry = (index: number) =>
        decoder.decode(Uint8Array.of(0x80 + FIRST_ENTRY + index))[0]?.join(": ");
      assert.deepEqual(table.map((_, index) => entry(index)), table);
      assert.throws(() => entry(table.length), /no such entry/);
    });
  }
});

Deno.test("RFC 7541: headers that we write are what another implementation writes", () => {
  const { hex, headers } = sample.ours;
  const written = encodeHeaders(headers.map(([name = "", value = ""]) => [name, value]));
  assert.equal(written.toHex(), hex);
});

Deno.test("each byte of a header is read as the code point of its number", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  // A literal that is never indexed, with an empty name and 256 bytes of value.
  const block = Uint8Array.from([0x10, 0, 0x7f, 0x81, 0x01, ...bytes]);
  const [[, value] = []] = new HeaderDecoder().decode(block);
  assert.deepEqual([...value ?? ""].map((letter) => letter.codePointAt(0)), [...bytes]);
});
