/** Parts of the output that differ in each run. */
const CHANGING = [
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/,
  ...["crd", "evt", "flw", "ins", "mal", "opr", "ses", "usr"].map((kind) =>
    new RegExp(`${kind}_[0-9a-z]{26}`)
  ),
  /(?:127\.0\.0\.1|localhost):\d+/,
  /ak-\w{22}/,
  /tf-[\w-]{22}/,
  /(?<!\d)\d{6}(?!\d)/,
  /\d+ms/,
];

/** Marks text that the page omits within a line. */
const LEFT_OUT = /…/;

const ANY = new RegExp([...CHANGING, LEFT_OUT].map(({ source }) => source).join("|"), "g");

/**
 * Whether `output` matches the page, ignoring white space and varying parts. With `within`, whether a part of it does.
 */
export function isShownAs(output: string, shown: string, within = false): boolean {
  const pattern = patternOf(withoutSpace(shown));
  return new RegExp(within ? pattern : `^${pattern}$`).test(withoutSpace(output));
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s/g, "");
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
  if (LEFT_OUT.test(found)) return ".*?";
  return CHANGING.find((kind) => new RegExp(`^${kind.source}$`).test(found))?.source ?? ".*";
}
