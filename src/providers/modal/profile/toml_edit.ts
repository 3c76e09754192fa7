import { parse, TomlError, type TomlTable, type TomlValue } from "smol-toml";
import { isDeepStrictEqual } from "node:util";

/** What becomes of each key: its new value, or `undefined` to take it out. */
export type KeyChanges = Readonly<Record<string, string | boolean | undefined>>;

/**
 * The tables and values of a TOML document. Throws `Deno.errors.InvalidData` that names the line, never its
 * text: the parser's own message quotes the lines around the fault, and with them what is secret there.
 */
export function parseToml(text: string): TomlTable {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new Deno.errors.InvalidData(`line ${error.line} is not valid TOML`);
  }
}

/** Whether a value of a document is a table, as opposed to a plain value, a date or a list. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * `text` with `changes` made to the top-level table `name`, which is appended if there is none. A changed
 * value keeps its place, spacing and comment; a key taken out leaves its comment; new keys come after the
 * table's last one; every other byte stays.
 *
 * The result is parsed again and must hold exactly what was asked for. A document where that cannot be had
 * (broken, or with the table inline) throws `Deno.errors.InvalidData` with a sentence to show.
 */
export function editTable(text: string, name: string, changes: KeyChanges): string {
  const wanted = parseToml(text);
  const table = wanted[name] ??= Object.create(null) as TomlTable;
  if (!isTable(table)) throw new Deno.errors.InvalidData(`${keyText(name)} is a value, not a table`);
  const before = statements(text);
  const edited = withNew(
    before,
    before.map((statement) => changed(statement, name, table, changes)),
    name,
    Object.entries(changes).filter(([key, value]) => value !== undefined && !(key in table)),
    lineEndOf(text),
  );
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete table[key];
    else table[key] = value;
  }
  if (!holds(edited, wanted)) {
    throw new Deno.errors.InvalidData(
      `${keyText(name)} is written in a way that cannot be changed safely; write it under [${keyText(name)}]`,
    );
  }
  return edited;
}

function holds(text: string, wanted: TomlTable): boolean {
  try {
    return isDeepStrictEqual(parseToml(text), wanted);
  } catch {
    return false;
  }
}

/** A header, a key with its value (over however many lines), or a line without either. */
type Statement = {
  /** As written, with its line end. */
  text: string;
  /** The table that the header above it opened. */
  table: string[];
  /** From the root of the document; empty when the line has no key. */
  path: string[];
  /** Where in `text` the value begins and ends; for a header, both its end. */
  value: [number, number];
};

/** The text of a statement once `changes` are made to the table `name`, which holds `table` so far. */
function changed(statement: Statement, name: string, table: TomlTable, changes: KeyChanges): string {
  const { text, path: [owner, key, ...deeper], value: [start, end] } = statement;
  if (owner !== name || key === undefined || deeper.length > 0 || !Object.hasOwn(changes, key)) return text;
  const value = changes[key];
  if (value === undefined) return commentOf(text, end);
  return table[key] === value ? text : text.slice(0, start) + literal(value) + text.slice(end);
}

/** A note about a value may be worth more than the value: it stays, on a line of its own. */
function commentOf(text: string, valueEnd: number): string {
  const comment = text.slice(valueEnd).trimStart();
  return comment && text.slice(0, text.search(/\S/)) + comment;
}

/**
 * `texts`, which are what became of `statements`, with new keys after what the table `name` has last and
 * indented as that is; if there is no such table, in one at the end.
 */
function withNew(
  statements: Statement[],
  texts: string[],
  name: string,
  entries: [string, unknown][],
  lineEnd: string,
): string {
  const last = statements.findLastIndex(({ path, table }) => path[0] === name && table.length <= 1);
  const home = statements[last];
  if (home && entries.length === 0) return texts.join("");

  const indent = home ? home.text.slice(0, home.text.search(/[^ \t]/)) : "";
  // Without a header of its own, the table is made of dotted keys (`acme.token_id = …`).
  const prefix = home && home.table.length === 0 ? `${keyText(name)}.` : "";
  const lines = entries.map(([key, value]) =>
    `${indent}${prefix}${keyText(key)} = ${literal(value)}${lineEnd}`
  ).join("");
  const above = texts.slice(0, home ? last + 1 : undefined).join("");
  const ended = above === "" || above.endsWith("\n") ? above : above + lineEnd;
  if (home) return ended + lines + texts.slice(last + 1).join("");
  const gap = ended === "" || /(^|\n)[ \t]*\r?\n$/.test(ended) ? "" : lineEnd;
  return `${ended}${gap}[${keyText(name)}]${lineEnd}${lines}`;
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : literal(key);
}

/** JSON is TOML here, but for U+007F, which TOML wants escaped, and lone surrogates, which `holds` refuses. */
function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** The whole of a valid document, in order: joined again, the texts are the document. */
function statements(text: string): Statement[] {
  let table: string[] = [];
  return logicalLines(text).map(({ text, equals, end }) => {
    if (text.trimStart().startsWith("[")) {
      table = pathOf(text);
      return { text, table, path: table, value: [end, end] };
    }
    if (equals < 0) return { text, table, path: [], value: [end, end] };
    const start = equals + 1 + text.slice(equals + 1).search(/[^ \t]/);
    return { text, table, path: [...table, ...pathOf(`${text.slice(0, equals)}= 0`)], value: [start, end] };
  });
}

/** The parser reads the key, so that quotes, escapes and dots mean what they mean to it. */
function pathOf(toml: string): string[] {
  const path: string[] = [];
  for (let at: TomlValue | undefined = parseToml(toml); isTable(at);) {
    const key: string | undefined = Object.keys(at)[0];
    if (key === undefined) break;
    path.push(key);
    at = at[key];
  }
  return path;
}

/** Strings and comments whole, so that a bracket, `=` or line end inside one is not taken for a real one. */
const TOKEN =
  /"""(?:\\[^]|[^\\])*?"{3,5}|'''[^]*?'{3,5}|"(?:\\[^]|[^"\\])*"|'[^']*'|#[^\n]*|[\w-]+|[ \t\r]+|[^]/g;

function logicalLines(text: string): { text: string; equals: number; end: number }[] {
  const lines = [];
  let [start, depth, equals, end] = [0, 0, -1, 0];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === "[" || token === "{") depth++;
    if (token === "]" || token === "}") depth--;
    if (token === "=" && equals < 0) equals = index - start;
    if (/^[^\s#]/.test(token)) end = index + token.length - start;
    if (token !== "\n" || depth > 0) continue;
    lines.push({ text: text.slice(start, index + 1), equals, end });
    [start, equals, end] = [index + 1, -1, 0];
  }
  if (start < text.length) lines.push({ text: text.slice(start), equals, end });
  return lines;
}
