import fc from "fast-check";

/**
 * Generates TOML as people write it: several profiles with comments, blank lines, odd spacing, quoted keys, mixed line
 * ends, and values that look like headers and keys. The parts are structured, so a test knows the expected result of an
 * edit without parsing TOML.
 */
type Part = {
  /** Without its line end. */
  text: string;
  lineEnd: string;
  key?: string;
  value?: string;
  /** Before and after the value. */
  around?: [string, string];
};
export type Section = { name: string; sub: boolean; header: Part; parts: Part[]; text: string };

const indent = fc.constantFrom("", "", "  ", "\t");
const lineEnd = fc.constantFrom("\n", "\n", "\r\n");
const comment = fc.constantFrom("", "", ' # a [note] = "x', "#'''", "   # \\", ' # \u2028 """ {');
const value = fc.constantFrom(
  "1",
  "0x1F",
  "-1e3",
  "nan",
  "9223372036854775807",
  "1979-05-27 07:32:00Z",
  "true",
  '"a # b = \\" [c]"',
  "'C:\\ = \"'",
  '"""\n[acme]\nactive = true\n\\""" token_id = 1 """"',
  "'''\r\n[acme]\ntoken_id = 1 # ''''",
  '""',
  "''",
  '""""""',
  '[ 1, # one ]\n\n  2, [ "]" ],\n]',
  "[\n# active = true\n]",
  '{ active = true, "]" = [ 1 ] }',
  "[ { token_id = '[acme]' } ]",
);

const quote = (key: string) => fc.constantFrom(key, `"${key}"`, `'${key}'`);

function pair(key: string, value: string): fc.Arbitrary<Part> {
  return fc.tuple(indent, quote(key), fc.constantFrom(" = ", "=", "\t=  "), comment, lineEnd)
    .map(([indent, name, equals, after, lineEnd]) => {
      const around: [string, string] = [indent + name + equals, after];
      return { text: around[0] + value + after, lineEnd, key, value, around };
    });
}

const idle = fc.tuple(indent, fc.constantFrom("", "# [acme]", "#active = true", '# """'), lineEnd)
  .map(([indent, text, lineEnd]): Part => ({ text: indent + text, lineEnd }));

function section(name: string, sub: boolean): fc.Arbitrary<Section> {
  const known = {
    token_id: "'old'",
    token_secret: '"""\nold"""',
    server_url: '"http://old"',
    active: "false",
  };
  const ours = Object.entries({ ...known, active: "true" }).map(([key, value]) => pair(key, value));
  const off = pair("active", known.active);
  const extra = fc.array(value, { maxLength: 4 })
    .chain((values) => fc.tuple(...values.map((value, n) => pair(`k${n}`, value))));
  const bare = /^\w+$/.test(name);
  const title = (bare ? quote(name) : fc.constant(`"${name}"`)).map((text) => sub ? `${text}.sub` : text);
  const spelled = fc.tuple(indent, fc.constantFrom("", " "), title, comment, lineEnd);
  const header = spelled.map(([indent, gap, title, after, lineEnd]): Part => ({
    text: `${indent}[${gap}${title}${gap}]${after}`,
    lineEnd,
  }));
  return fc.tuple(header, fc.subarray(ours), fc.boolean(), extra, fc.array(idle, { maxLength: 4 }))
    .chain(([header, ours, isOff, extra, idle]) => {
      const keys = ours.map((one, n) =>
        isOff && n === ours.length - 1 ? one.chain((p) => p.key === "active" ? off : fc.constant(p)) : one
      );
      return fc.tuple(...keys).chain((keys) => {
        const all = [...keys, ...extra, ...idle];
        return fc.shuffledSubarray(all, { minLength: all.length }).map((parts) => ({
          name,
          sub,
          header,
          parts,
          text: [header, ...parts].map((part) => part.text + part.lineEnd).join(""),
        }));
      });
    });
}

/** Sections in any order, the sub-table of a profile before or after the profile or without it. */
export const document: fc.Arbitrary<Section[]> = fc
  .shuffledSubarray(
    ["acme", "beta", "we.ird"].flatMap((name) => [section(name, false), section(name, true)]),
  )
  .chain((sections) => fc.tuple(...sections));

type Changes = Record<string, string | boolean | undefined>;

/** The expected document after `changes` to the table `name`. */
export function expectedText(sections: Section[], name: string, changes: Changes): string {
  const whole = sections.map((section) => section.text).join("");
  const first = whole.match(/\r?\n/)?.[0] ?? "\n";
  const target = sections.find((section) => section.name === name && !section.sub);
  const present = target?.parts.map((part) => part.key) ?? [];
  const added = Object.entries(changes)
    .filter(([key, value]) => value !== undefined && !present.includes(key))
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}${first}`);
  if (!target) {
    const blank = whole === "" || /(^|\n)[ \t]*\r?\n$/.test(whole);
    const title = /^[\w-]+$/.test(name) ? name : `"${name}"`;
    return `${whole}${blank ? "" : first}[${title}]${first}${added.join("")}`;
  }
  const home = target.parts.findLast((part) => part.key !== undefined) ?? target.header;
  const inserted = added.map((line) => /^[ \t]*/.exec(home.text)?.[0] + line).join("");
  const parts = [target.header, ...target.parts].map((part) =>
    (part.key !== undefined && part.key in changes
      ? changedPart(part, changes[part.key])
      : part.text + part.lineEnd) + (part === home ? inserted : "")
  );
  return sections.map((section) => section === target ? parts.join("") : section.text).join("");
}

function changedPart(
  { text, lineEnd, value, around: [before, after] = ["", ""] }: Part,
  to: unknown,
): string {
  if (to === undefined) {
    return after === "" ? "" : /^[ \t]*/.exec(text)?.[0] + after.trimStart() + lineEnd;
  }
  return value === JSON.stringify(to) ? text + lineEnd : before + JSON.stringify(to) + after + lineEnd;
}
