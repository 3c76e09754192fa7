import assert from "node:assert/strict";
import fc from "fast-check";
import { largeText } from "../../tui/large_text.ts";
import { sparkline } from "../../tui/sparkline.ts";
import { cut, fit, plain, widthOf, wrap } from "../../tui/text.ts";
import { duration, relative } from "../../tui/time.ts";

const anything = fc.string({ unit: "binary", maxLength: 60 });

Deno.test("plain text has no control characters, for any input", () => {
  fc.assert(fc.property(anything, (text) => {
    assert.doesNotMatch(plain(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.equal(plain(plain(text)), plain(text));
  }));
  assert.equal(plain("\x1b[31mred\x07\ttab\nline\u202eback\u0085next"), "␛[31mred␇ tab lineback next");
  assert.equal(plain("e" + "\u0301".repeat(50)), "e" + "\u0301".repeat(3));
});

Deno.test("fit and cut keep to the width, however wide the characters are", () => {
  fc.assert(fc.property(anything, fc.integer({ min: 1, max: 40 }), (text, width) => {
    assert.equal(widthOf(fit(text, width)), width);
    assert.ok(widthOf(cut(plain(text), width)) <= width);
  }));
  assert.equal(fit("漢字漢字", 5), "漢字…");
  assert.equal(fit("ab", 4), "ab  ");
});

Deno.test("wrap breaks lines between words, or inside a long word, and loses no text", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
  fc.assert(fc.property(anything, fc.integer({ min: 2, max: 40 }), (text, width) => {
    const lines = wrap(text, width);
    assert.ok(lines.every((line) => widthOf(line) <= width));
    assert.equal(lines.join("").replaceAll(" ", ""), plain(text).normalize().replaceAll(" ", ""));
  }));
});

Deno.test("largeText returns block letters, or undefined for a character without a glyph", () => {
  assert.deepEqual(largeText("A1"), ["▄▀▄  ▄█ ", "█▀█  █▄ ".replace("█▄ ", " █ "), "▀ ▀  ▀▀▀"]);
  assert.equal(largeText("é"), undefined);
});

Deno.test("a sparkline keeps the peaks", () => {
  assert.equal(sparkline([0, 0, 7, 0], 4), "▁▁█▁");
  assert.equal(sparkline([0, 7, 0, 0], 2), "█▁");
  assert.equal(sparkline([], 4), "");
});

Deno.test("durations and relative times are formatted in at most two units", () => {
  assert.deepEqual([5, 65, 3_700, 90_000].map(duration), ["5 s", "1 min 05 s", "1 h 1 min", "1 d 1 h"]);
  assert.equal(relative("2026-01-01T00:00:10Z", Date.parse("2026-01-01T00:00:00Z")), "in 10 s");
  assert.equal(relative("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:10Z")), "10 s ago");
});
