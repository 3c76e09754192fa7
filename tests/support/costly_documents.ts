import fc from "fast-check";

/** Parts of a document that are expensive to validate, as an attacker combines them. Most are invalid. */
const NAMES = [
  "viewer",
  "events",
  "flows",
  "server",
  "serverHealth",
  "__typename",
  "nothing",
  "verylongnamethatisnone",
];
const ARGUMENTS = [
  "",
  "(first: 1)",
  "(first: 2, last: $v)",
  "(types: [1 2 3])",
  '(search: {a: {b: [1, "x"]}})',
  "(nothing: 1)",
];
const DIRECTIVES = ["", " @include(if: true)", " @nothing", " @skip(if: $w)"];
const PLACES = ["", " on Query", " on ModalTokenFlow", " on Nothing", " on Flow"];

const { selections } = fc.letrec<{ selections: string; selection: string }>((tie) => ({
  selections: fc.array(tie("selection"), { minLength: 1, maxLength: 8 }).map((each) =>
    `{ ${each.join(" ")} }`
  ),
  selection: fc.oneof(
    { withCrossShrink: true, maxDepth: 4, depthIdentifier: "selections" },
    fc.constantFrom(...NAMES),
    fc.nat({ max: 40 }).map((fragment) => `...F${fragment}`),
    fc.tuple(fc.constantFrom("", "a: ", "b: "), fc.constantFrom(...NAMES), fc.constantFrom(...ARGUMENTS))
      .map((parts) => parts.join("")),
    fc.tuple(
      fc.constantFrom("", "a: ", "b: "),
      fc.constantFrom(...NAMES),
      fc.constantFrom(...ARGUMENTS),
      fc.constantFrom(...DIRECTIVES),
      tie("selections"),
    ).map((parts) => parts.join("")),
    fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...DIRECTIVES), tie("selections"))
      .map(([place, directive, inner]) => `...${place}${directive} ${inner}`),
  ),
}));

/** Documents of any size, built from parts that are expensive to validate. */
export const costlyDocuments: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("query", "query ($v: Int, $w: Boolean!)", "query A", "mutation"),
  fc.tuple(selections, fc.integer({ min: 1, max: 60 })).map(([set, times]) =>
    `{ ${`... ${set} `.repeat(times)} }`
  ),
  fc.array(selections, { maxLength: 40 }),
  fc.constantFrom("", "\n", "\n\n\n"),
).map(([operation, set, fragments, pause]) =>
  [`${operation} ${set}`, ...fragments.map((inner, index) => `fragment F${index} on Query ${inner}`)].join(
    `\n${pause}`,
  ).replaceAll(" }", `${pause} }`)
);

/** The most expensive documents known, each just below or above the limits. */
export const WORST: Record<string, string> = {
  "one field 240 times": `{ ${"viewer { id } ".repeat(240)} }`,
  "one name 990 times": `{ ${"viewer ".repeat(990)} }`,
  "22 equal fields with selections": `{ ${"viewer { id username email } ".repeat(12)} ${
    "server { version } ".repeat(12)
  } }`,
  "conflicts on a thousand lines": `{ ${
    Array.from({ length: 18 }, (_, index) => `events(first: ${index}) { nodes { id } }`).join("\n".repeat(55))
  } }`,
  "fragments that spread two more": `{ ...F0 } ${
    Array.from({ length: 70 }, (_, index) =>
      `fragment F${index} on Query { ...F${index + 1} ...F${index + 2} }`)
      .join(" ")
  }`,
  "a ring of fragments": `{ ...F0 } ${
    Array.from({ length: 90 }, (_, index) => `fragment F${index} on Query { ...F${(index + 1) % 90} }`).join(
      " ",
    )
  }`,
  "many operations over many fragments": `${
    Array.from({ length: 40 }, (_, index) => `query Q${index} { ...F0 }`).join(" ")
  } ${
    Array.from({ length: 40 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} }`).join(" ")
  } fragment F40 on Query { __typename }`,
  "unknown names": `{ ${Array.from({ length: 900 }, (_, index) => `sarverHealt${index}`).join(" ")} }`,
  "unknown types": `{ ${
    Array.from({ length: 160 }, (_, index) => `... on ModalTokenFlw${index} { a }`).join(" ")
  } }`,
  "unknown names on many lines": `{ ${
    Array.from({ length: 900 }, (_, index) => `sarverHealt${index}`).join("\n")
  } }`,
  "unused variables": `query (${
    Array.from({ length: 240 }, (_, index) => `$variable${index}: Int`).join(" ")
  }) { __typename }`,
  "a deep list": `{ users(search: ${"[".repeat(480)}${"]".repeat(480)}) { nodes { id } } }`,
  "64 KB of lines": `{ __typename ${"\n".repeat(60_000)} a b c d e f g }`,
  "64 KB of comments": `{ a ${"#x\n".repeat(900)} b c d e f g ${`# ${"x".repeat(1_000)}\n`.repeat(50)} }`,
};
