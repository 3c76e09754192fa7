import assert from "node:assert/strict";
import { join } from "node:path";
import { MUTATIONS } from "./list.ts";
import { mutate, ROOT } from "./mutation.ts";

Deno.test("every mutation can be planted: its text occurs once in its file", () => {
  const stale = MUTATIONS.flatMap((mutation) => {
    try {
      mutate(mutation, Deno.readTextFileSync(join(ROOT, mutation.file)));
      return [];
    } catch (error) {
      return [`${mutation.file}: ${error}`];
    }
  });
  assert.deepEqual(stale, []);
});

Deno.test("every mutation has a name of its own, and every room of the server has mutations", () => {
  assert.equal(new Set(MUTATIONS.map(({ name }) => name)).size, MUTATIONS.length);
  const folders = new Set(MUTATIONS.map(({ file }) => file.split("/", 2).join("/")));
  const rooms = ["accounts", "events", "flows", "http", "lib", "operations", "platform", "providers"];
  for (const room of [...rooms, "sign_in", "vault", "wiring"]) {
    assert.ok(folders.has(`src/${room}`), `src/${room} has no mutation`);
  }
});
