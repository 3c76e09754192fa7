import assert from "node:assert/strict";
import { SCREENS } from "../../tui/terminal.ts";
import { captured, captures, hintsOf, PAGE, SHOTS } from "../support/captures.ts";
import { onPglite } from "../support/databases.ts";

onPglite("the documentation shows every screen, with the keys that it has now", async (database) => {
  const shown = captured(await Deno.readTextFile(PAGE));
  assert.deepEqual([...shown.keys()], Object.keys(SHOTS), "run `deno task captures`");
  assert.deepEqual(Object.keys(SHOTS), [...SCREENS, "attack"]);
  for (const [name, text] of await captures(database)) {
    assert.equal(hintsOf(shown.get(name) ?? ""), hintsOf(text), `${name}: run \`deno task captures\``);
    assert.match(hintsOf(text), /\? help\s+q quit$/, name);
  }
});
