import { parse, TomlError, type TomlTable, type TomlValue } from "smol-toml";
import { isDeepStrictEqual } from "node:util";

/** New value of each key; `undefined` removes the key. */
export type KeyChanges = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Parses a TOML document.
 *
 * @throws Deno.errors.InvalidData that names the line but never its text. The parser's own message quotes the lines
 * around the error, which may contain secrets.
 */
export function parseToml(text: string): TomlTable {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new Deno.errors.InvalidData(`line ${error.line} is not valid TOML`);
  }
}

/** Whether a value is a table, not a plain value, a date or an array. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * Applies `changes` to the top-level table `name`, which is appended if it does not exist. A changed value keeps its
 * place, spacing and comment. A removed key leaves its comment. New keys follow the last one of the table. All other
 * bytes stay the same.
 *
 * The result is parsed again and must contain exactly the requested changes.
 *
 * @throws Deno.errors.InvalidData with a message for users if that is impossible: the document is invalid, or the
 * table is written inline.
 */
export function editTable(text: string, name: string, changes: KeyChanges): string {
  const expected = parseToml(text);
  const table = expected[name] ??= Object.create(null) as TomlTable;
  if (!isTable(table)) throw new Deno.errors.InvalidData(`${keyText(name)} is a value, not a table`);
  const before = statements(text);
  const edited = joinWithNewKeys(
    before,
    before.map((statement) => applyChanges(statement, name, table, changes)),
    name,
    Object.entries(changes).filter(([key, value]) => value !== undefined && !(key in table)),
    lineEndOf(text),
  );
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete table[key];
    else table[key] = value;
  }
  if (!matches(edited, expected)) {
    throw new Deno.errors.InvalidData(
      `${keyText(name)} is written in a way that cannot be changed safely; write it under [${keyText(name)}]`,
    );
  }
  return edited;
}

function matches(text: string, expected: TomlTable): boolean {
  try {
    return isDeepStrictEqual(parseToml(text), expected);
  } catch {
    return false;
  }
}

/** A table header, a key with its value (even across lines), or a line with neither. */
type Statement = {
  /** The original text, with its line end. */
  text: string;
  /** Path of the table that the header above opened. */
  table: string[];
  /** Path of the key from the root of the document; empty if the line has no key. */
  path: string[];
  /** Start and end of the value in `text`; for a header both are its end. */
  value: [number, number];
};

/** Returns the text of a statement after `changes` to the table `name`, whose present values are in `table`. */
function applyChanges(statement: Statement, name: string, table: TomlTable, changes: KeyChanges): string {
  const { text, path: [owner, key, ...deeper], value: [start, end] } = statement;
  if (owner !== name || key === undefined || deeper.length > 0 || !Object.hasOwn(changes, key)) return text;
  const value = changes[key];
  if (value === undefined) return remainingComment(text, end);
  return table[key] === value ? text : text.slice(0, start) + literal(value) + text.slice(end);
}

/** A comment may matter more than its value, so it stays on a line of its own. */
function remainingComment(text: string, valueEnd: number): string {
  const comment = text.slice(valueEnd).trimStart();
  return comment && text.slice(0, text.search(/\S/)) + comment;
}

/**
 * Joins the changed `texts` of `statements` and inserts the new keys after the last statement of the table `name`,
 * with its indentation. Appends the table if it does not exist.
 */
function joinWithNewKeys(
  statements: Statement[],
  texts: string[],
  name: string,
  entries: [string, unknown][],
  lineEnd: string,
): string {
  const last = statements.findLastIndex(({ path, table }) => path[0] === name && table.length <= 1);
  const lastStatement = statements[last];
  if (lastStatement && entries.length === 0) return texts.join("");

  const indent = lastStatement ? lastStatement.text.slice(0, lastStatement.text.search(/[^ \t]/)) : "";
  // A table without a header consists of dotted keys (`acme.token_id = …`).
  const prefix = lastStatement && lastStatement.table.length === 0 ? `${keyText(name)}.` : "";
  const lines = entries.map(([key, value]) =>
    `${indent}${prefix}${keyText(key)} = ${literal(value)}${lineEnd}`
  ).join("");
  const above = texts.slice(0, lastStatement ? last + 1 : undefined).join("");
  const ended = above === "" || above.endsWith("\n") ? above : above + lineEnd;
  if (lastStatement) return ended + lines + texts.slice(last + 1).join("");
  const gap = ended === "" || /(^|\n)[ \t]*\r?\n$/.test(ended) ? "" : lineEnd;
  return `${ended}${gap}[${keyText(name)}]${lineEnd}${lines}`;
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : literal(key);
}

/**
 * JSON strings are valid TOML except for U+007F, which TOML requires to be escaped, and lone surrogates, which
 * `matches` rejects.
 */
function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** Splits a valid document into statements. Their joined texts are the document. */
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

/** Lets the parser read the key, because it understands quotes, escapes and dots. */
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

/** Matches strings and comments as a whole, so that brackets, `=` and line ends inside them are ignored. */
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
