import assert from "node:assert/strict";
import { join } from "node:path/posix";

const ROOT = new URL("..", import.meta.url).pathname;

/** A literal where an expression can begin; a class may hold the slash. */
const LITERAL =
  /(?:[=(,:[!&|?{;]|\breturn|=>)\s*\/(?![/*])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/([dgimsuvy]*)/g;

function expressionsIn(folder: string): RegExp[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) return name === "built" ? [] : expressionsIn(path);
    if (!/\.tsx?$/.test(name)) return [];
    const literals = Deno.readTextFileSync(path).matchAll(LITERAL);
    return [...literals].map(([, source = "", flags = ""]) => new RegExp(source, flags.replace("y", "")));
  });
}

/** What can make a match begin again and again: the words of the expression itself, and one of each kind. */
function pumps({ source }: RegExp): string[] {
  const words = source.replace(/\\[a-zA-Z](?:\{[^}]*\})?/g, "\n").split(/[\\^$*+?.()[\]{}|\n]+/);
  const some = [
    " ",
    "\t",
    "a",
    "A",
    "0",
    "-",
    ".",
    "=",
    "@",
    "/",
    "%41",
    '"',
    "\u0301",
    "\u200b",
    "a.",
    "a=",
  ];
  return [...new Set([...words.filter((word) => word !== ""), ...some])];
}

/** The least of three times, in milliseconds. */
function timeOf(expression: RegExp, text: string): number {
  const times = Array.from({ length: 3 }, () => {
    const begun = performance.now();
    text.replace(expression, "");
    return performance.now() - begun;
  });
  return Math.min(...times);
}

const SHORT = 1_000;
/** Sixteen times as much text takes 16 times as long, or 256 times when it is quadratic: the bound lies between. */
const MORE = 16;
const MOST_RATIO = 64;
/** Shorter times are the clock's noise. */
const LEAST_MS = 0.05;

function isLinear(expression: RegExp): boolean {
  return pumps(expression).every((pump) => {
    const text = (length: number) => `${pump.repeat(length / pump.length)}\n\u0000`;
    const short = timeOf(expression, text(SHORT));
    return timeOf(expression, text(SHORT * MORE)) <= MOST_RATIO * Math.max(short, LEAST_MS);
  });
}

Deno.test("R52: every regular expression takes linear time", () => {
  const expressions = ["src", "schema", "tui"].flatMap((folder) => expressionsIn(join(ROOT, folder)));
  assert.ok(expressions.length > 60, `${expressions.length} found`);
  assert.deepEqual(expressions.filter((expression) => !isLinear(expression)).map(String), []);
});

Deno.test("a quadratic regular expression is noticed", () => {
  for (const quadratic of [/ Did you mean [^?]*\?/g, / got invalid value [\s\S]*; /, /=+$/, /\s+$/]) {
    assert.equal(isLinear(quadratic), false, String(quadratic));
  }
});
