import assert from "node:assert/strict";
import { captures, capturesIn } from "./support/captures.ts";

Deno.test({
  name: "the README shows the terminal as it is: deno task captures",
  // PGlite's timers outlive a query.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const readme = capturesIn(await Deno.readTextFile(new URL("../README.md", import.meta.url)));
    const now = await captures();
    assert.deepEqual([...readme.keys()].sort(), [...now.keys()].sort());
    for (const [name, text] of now) assert.equal(wording(readme.get(name) ?? ""), wording(text), name);
  },
});

/** The words that stand there whenever it is taken: no numbers, ids, bars or block letters, and no matter where. */
function wording(text: string): string {
  const words = text.split(/[\s│]+/).filter((word) =>
    /^[A-Za-z/]{3,20}$/.test(word) && !PASSING.includes(word)
  );
  return [...new Set(words)].sort().join(" ");
}

/** What depends on how long it took. */
const PASSING = ["min", "now", "ago", "idle", "active", "queued"];
