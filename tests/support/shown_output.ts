/** What is different each time that a command runs. */
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

/** Something that the page leaves out, within a line. */
const LEFT_OUT = /…/;

const ANY = new RegExp([...CHANGING, LEFT_OUT].map(({ source }) => source).join("|"), "g");

/** Whether `output` is what a page shows, white space and what changes aside; with `within`, whether a part of it is. */
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
