import assert from "node:assert/strict";

/** What is different each time that a command runs. */
const CHANGING = [
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/,
  /(?:crd|evt|flw|ins|mal|opr|ses|usr)_[0-9a-z]{26}/,
  /(?:127\.0\.0\.1|localhost):\d+/,
  /ak-\w{22}/,
  /tf-[\w-]{22}/,
  /(?<!\d)\d{6}(?!\d)/,
  /\d+ms\b/,
];

/** Something that the page leaves out, within a line. */
const LEFT_OUT = /…/;

const ANY = new RegExp([...CHANGING, LEFT_OUT].map(({ source }) => source).join("|"), "g");

/** Fails unless `output` is what a page shows, white space and what changes aside; with `within`, a part of it. */
export function assertShown(output: string, shown: string, place: string, within = false): void {
  const [text, expected] = [output, shown].map((each) => each.replaceAll(/\s/g, "")) as [string, string];
  const pattern = patternOf(expected);
  assert.match(
    text,
    new RegExp(within ? pattern : `^${pattern}$`),
    `${place}\n${output}\nand the page shows\n${shown}`,
  );
}

function patternOf(shown: string): string {
  let pattern = "";
  let end = 0;
  for (const { 0: found, index } of shown.matchAll(ANY)) {
    pattern += RegExp.escape(shown.slice(end, index)) + kindOf(found);
    end = index + found.length;
  }
  return pattern + RegExp.escape(shown.slice(end));
}

function kindOf(found: string): string {
  if (LEFT_OUT.test(found)) return '[^"]*';
  return CHANGING.find((kind) => new RegExp(`^${kind.source}$`).test(found))?.source ?? ".*";
}
