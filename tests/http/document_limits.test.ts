import assert from "node:assert/strict";
import fc from "fast-check";
import { type DocumentNode, type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from "graphql";
import { DOCUMENT_LIMITS } from "../../src/http/graphql/bounded_validation.ts";
import { createDocumentCache } from "../../src/http/graphql/document_cache.ts";
import { documentSize, figureOver } from "../../src/http/graphql/document_size.ts";
import { startApp } from "../support/app.ts";
import { costlyDocuments, WORST } from "../support/costly_documents.ts";
import { onPglite } from "../support/databases.ts";
import { createValidating } from "../support/validating.ts";
import { post } from "../support/wire.ts";

/** Every field of the answer by its path, as often as the document spells it: what validation compares in pairs. */
function pathsOf(document: DocumentNode): string[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  const inside = (set: SelectionSetNode | undefined, path: string): string[] =>
    (set?.selections ?? []).flatMap((each) => {
      if (each.kind === Kind.INLINE_FRAGMENT) return inside(each.selectionSet, path);
      if (each.kind === Kind.FRAGMENT_SPREAD) {
        return inside(fragments.get(each.name.value)?.selectionSet, path);
      }
      const own = `${path}.${(each.alias ?? each.name).value}`;
      return [own, ...inside(each.selectionSet, own)];
    });
  return document.definitions.flatMap((each, index) =>
    "selectionSet" in each ? inside(each.selectionSet, `${index}`) : []
  );
}

Deno.test("R52: the comparisons of validation are bounded for any document", () => {
  const texts = [...Object.values(WORST), ...fc.sample(costlyDocuments, { numRuns: 1_000, seed: 1 })];
  let admitted = 0;
  for (const text of texts) {
    const document = parse(text);
    const size = documentSize(document, DOCUMENT_LIMITS);
    // Measuring itself stops in time, whatever the fragments multiply to.
    assert.ok(size.selections <= DOCUMENT_LIMITS.selections + 1);
    if (figureOver(size, DOCUMENT_LIMITS)) continue;
    admitted++;
    const counts = Object.values(Object.groupBy(pathsOf(document), (path) => path)).map((same) =>
      same?.length ?? 0
    );
    const pairs = counts.reduce((sum, count) => sum + count * (count - 1) / 2, 0);
    assert.ok(pairs <= 500, `${pairs} pairs: ${text}`);
    assert.equal(pairs, size.pairs, text);
  }
  assert.ok(admitted > 50, `${admitted} admitted`);
});

Deno.test("R52: validation stops after a few errors, because each takes time", () => {
  const validating = createValidating();
  for (const text of Object.values(WORST)) assert.ok(validating(text).errors.length <= 26, text);
});

Deno.test("R52: the cache of documents is limited by its memory, not by its number of entries", () => {
  const cache = createDocumentCache();
  const keep = (text: string) => cache.set(text, parse(text));
  const LONG = `{ __typename #${"x".repeat(9_000)}\n}`;
  keep(LONG);
  assert.equal(cache.get(LONG), undefined, "too long to be kept");
  const shapes = [
    (index: number) => `{ a${index} ${"a ".repeat(990)} }`,
    (index: number) => `{ a${index}(b: "${"\\n".repeat(3_500)}") }`,
    (index: number) => `{ a${index} ${"#\n".repeat(3_500)} }`,
  ];
  for (let index = 0; index < 200; index++) {
    for (const shape of shapes) keep(shape(index));
    assert.ok(cache.calculatedSize <= 32 * 1024 * 1024);
  }
  const kept = shapes.map((shape) => Array.from({ length: 200 }, (_, index) => cache.get(shape(index))));
  const found = kept.flat().filter((document) => document !== undefined).length;
  assert.ok(found > 10 && found < 200, `${found} of 600 are kept`);
  assert.ok(cache.get(shapes[0]?.(199) ?? ""), "the newest is");
});

onPglite("JSON has at most 64 levels, as a literal, as a variable and as both", async (database) => {
  await using app = await startApp({ database });
  const list = (levels: number, inner: string) => `${"[".repeat(levels)}${inner}${"]".repeat(levels)}`;
  const object = (levels: number) => `${"{ a: ".repeat(levels)}1${" }".repeat(levels)}`;
  const refusals = async (literal: string, resume?: unknown) => {
    const { errors } = await post(
      app,
      `mutation ${resume === undefined ? "" : "($r: JSON)"} {
        startGoogleAuthorization(input: { resume: ${literal} }) { __typename } }`,
      { variables: { r: resume } },
    );
    return errors.map(({ message }) => message).join();
  };
  const nested = (levels: number) => JSON.parse(list(levels, "1"));
  for (const kept of [list(64, "1"), object(64), list(30, object(34))]) {
    assert.equal(await refusals(kept), "");
  }
  assert.equal(await refusals("$r", nested(64)), "");
  const said = /JSON must be at most 64 levels deep/;
  for (const broken of [list(65, "1"), object(65), list(400, "1"), list(31, object(34))]) {
    assert.match(await refusals(broken), said);
  }
  assert.match(await refusals("$r", nested(65)), said);
  assert.match(await refusals(list(10, "$r"), nested(60)), /./, "together they are too deep");
});
