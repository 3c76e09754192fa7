import { parseArgs } from "node:util";
import type { Client } from "../client/client.ts";
import { graphql, type VariablesOf } from "../client/graphql.ts";
import { readConfig } from "../config.ts";
import { randomBytes } from "../crypto.ts";
import { dataDir, holdDataDir } from "../data_dir.ts";
import { openServingDatabase } from "../db/open_database.ts";
import { SYSTEM } from "../events/events.ts";
import { type ImportOutcome, type ImportUser, importUsers, MOST_IMPORTED } from "../users/import_users.ts";
import { connect, findServer } from "./access.ts";
import { CommandFailed, succeeded, UsageError } from "./command.ts";

const Import = graphql(`
  mutation ImportUsers($users: [ImportUserInput!]!) {
    importUsers(users: $users) {
      __typename
      ... on UsersImported { added existing bad { index reason } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const USERS_USAGE = `users import FILE.jsonl      - reads standard input`;

/** Bytes of a line: several times what the longest user takes. */
const MOST_LINE_BYTES = 4 * 1024;

/** Of the 64 KiB that a request may have, what its document and its envelope leave. */
const MOST_REQUEST_BYTES = 60 * 1024;

/**
 * `users import`: adds the users of a file, a JSON object a line, and says for each line that is bad what is wrong with
 * it, to standard error. The exit code is 1 when there was one. The file is read as it is imported, never as a whole.
 */
export async function users(args: string[]): Promise<void> {
  const { positionals: [action, path, more] } = parseArgs({ args, allowPositionals: true });
  if (action !== "import" || !path || more !== undefined) throw new UsageError(`Usage:\n${USERS_USAGE}`);
  const file = await openFile(path);
  await withImporter((importer) => importFile(file, importer));
}

/** Who adds users, and how many bytes of them it takes at once. */
type Importer = { mostBytes: number; add: (users: ImportUser[]) => Promise<ImportOutcome[]> };

/** Goes through the running server when there is one, and to the database itself otherwise. */
async function withImporter(work: (importer: Importer) => Promise<void>): Promise<void> {
  const config = readConfig((name) => Deno.env.get(name));
  const running = !config.DATABASE_URL && (await findServer()).url;
  if (Deno.env.get("SALLYPORT_URL") || running) return await work(throughServer(await connect()));
  const dir = dataDir(config.DATA_DIR);
  using _lock = config.DATABASE_URL ? { [Symbol.dispose]() {} } : await holdDataDir(dir);
  const { db, close } = await openServingDatabase(config, dir.database, () => {});
  const services = { db, now: () => new Date(), random: randomBytes, wakeLog: () => {} };
  try {
    await work({ mostBytes: Infinity, add: (users) => importUsers(services, SYSTEM, users) });
  } finally {
    await close();
  }
}

function throughServer(client: Client): Importer {
  return {
    mostBytes: MOST_REQUEST_BYTES,
    add: async (users) => {
      const answer = (await client.request(Import, { users: users.map(toInput) })).importUsers;
      const { added, existing, bad } = succeeded(answer, "UsersImported");
      const outcomes: ImportOutcome[] = [];
      for (const index of added) outcomes[index] = "added";
      for (const index of existing) outcomes[index] = "existing";
      for (const { index, reason } of bad) outcomes[index] = { reason };
      return outcomes;
    },
  };
}

type Input = VariablesOf<typeof Import>["users"][number];

/** As it is sent; what was not in the line is not in here either. */
function toInput({ createdAt, ...user }: ImportUser): Input {
  return (createdAt ? { ...user, createdAt: createdAt.toISOString() } : user) as Input;
}

type Tally = { lines: number; added: number; existing: number; bad: number };

async function importFile(file: OpenFile, importer: Importer): Promise<void> {
  const tally: Tally = { lines: 0, added: 0, existing: 0, bad: 0 };
  const progress = showProgress(file);
  try {
    for await (const batch of batchesOf(file.lines, importer.mostBytes)) {
      const bad = await importBatch(batch, importer, tally);
      progress.hide();
      for (const { line, reason } of bad) console.error(`line ${count(line)}: ${reason}`);
      progress.show(tally.lines);
    }
  } catch (error) {
    progress.hide();
    console.error(`Stopped. ${summaryOf(tally)}. Run it again to go on: nobody is added twice`);
    throw error;
  }
  progress.hide();
  console.log(summaryOf(tally));
  if (tally.bad > 0) Deno.exitCode = 1;
}

/** Adds the batch's users, counts what became of them, and returns the lines that were bad, in their order. */
async function importBatch(batch: Batch, importer: Importer, tally: Tally): Promise<BadLine[]> {
  const outcomes = batch.users.length > 0 ? await importer.add(batch.users.map(({ user }) => user)) : [];
  const refused = batch.users.flatMap(({ line }, index) => {
    const outcome = outcomes[index];
    return typeof outcome === "object" ? { line, reason: outcome.reason } : [];
  });
  const bad = [...batch.bad, ...refused].sort((one, other) => one.line - other.line);
  tally.lines = batch.lastLine;
  tally.added += outcomes.filter((outcome) => outcome === "added").length;
  tally.existing += outcomes.filter((outcome) => outcome === "existing").length;
  tally.bad += bad.length;
  return bad;
}

function summaryOf({ added, existing, bad }: Tally): string {
  const of = (number: number, one: string, many: string) => `${count(number)} ${number === 1 ? one : many}`;
  return [
    `Imported ${of(added, "user", "users")}`,
    `${of(existing, "was", "were")} there already`,
    `${of(bad, "line was", "lines were")} bad`,
  ].join("; ");
}

function count(number: number): string {
  return number.toLocaleString("en");
}

type BadLine = { line: number; reason: string };

/** What is imported in one transaction. */
type Batch = { users: { line: number; user: ImportUser }[]; bad: BadLine[]; lastLine: number; bytes: number };

/** The lines that are not blank, up to a thousand together, and no more bytes of users than `mostBytes`. */
async function* batchesOf(lines: AsyncIterable<Line>, mostBytes: number): AsyncGenerator<Batch> {
  const empty = (): Batch => ({ users: [], bad: [], lastLine: 0, bytes: 0 });
  let batch = empty();
  for await (const line of lines) {
    const read = readUser(line);
    const bytes = "user" in read ? utf8.encode(JSON.stringify(read.user)).length + 1 : 0;
    const full = batch.users.length + batch.bad.length === MOST_IMPORTED;
    if (full || batch.bytes + bytes > mostBytes) {
      yield batch;
      batch = empty();
    }
    if ("user" in read) batch.users.push({ line: line.number, user: read.user });
    else batch.bad.push({ line: line.number, reason: read.reason });
    batch.lastLine = line.number;
    batch.bytes += bytes;
  }
  if (batch.lastLine > 0) yield batch;
}

/** The keys of a line, and what each holds. */
const KEYS: Record<keyof ImportUser, "string" | "boolean"> = {
  username: "string",
  email: "string",
  emailVerified: "boolean",
  name: "string",
  passwordHash: "string",
  createdAt: "string",
  disabled: "boolean",
};

/** What the line says of a user, or why it says nothing. A value is never repeated: it may be a secret. */
function readUser(line: Line): { user: ImportUser } | { reason: string } {
  if (line.text === undefined) return { reason: line.problem };
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return { reason: "it is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { reason: "it is not a JSON object" };
  }
  const entries = Object.entries(value);
  const reason = entries.map(([key, each]) => problemOf(key, each)).find((problem) => problem !== undefined);
  if (reason) return { reason };
  const user = Object.fromEntries(entries) as ImportUser & { createdAt?: string | null };
  if (user.createdAt == null) return { user };
  const createdAt = instantOf(user.createdAt);
  return createdAt
    ? { user: { ...user, createdAt } }
    : { reason: "createdAt is not a time like 2024-03-31T12:00:00Z" };
}

function problemOf(key: string, value: unknown): string | undefined {
  if (key.toLowerCase() === "password") {
    return "passwords themselves are not imported: give their argon2id or bcrypt hashes as passwordHash, or leave them out";
  }
  if (!Object.hasOwn(KEYS, key)) {
    const named = /^[\w.-]{1,40}$/.test(key) ? `the key ${key} is` : "one of its keys is";
    return `${named} none of ${Object.keys(KEYS).join(", ")}`;
  }
  const type = KEYS[key as keyof ImportUser];
  if (value !== null && typeof value !== type) return `${key} is not a ${type}`;
  return undefined;
}

/** RFC 3339: with its zone, to the millisecond. */
function instantOf(text: string): Date | undefined {
  try {
    return new Date(Temporal.Instant.from(text).epochMilliseconds);
  } catch {
    return undefined;
  }
}

type OpenFile = { lines: AsyncIterable<Line>; bytesRead: () => number; size: number | undefined };

/** The file, or standard input for `-`. Throws `CommandFailed` when it cannot be read. */
async function openFile(path: string): Promise<OpenFile> {
  const { chunks, size } = path === "-"
    ? { chunks: Deno.stdin.readable, size: undefined }
    : await Deno.stat(path).then(
      async (stat) => {
        if (stat.isDirectory) throw new CommandFailed(`${path} is a folder`);
        return { chunks: (await Deno.open(path)).readable, size: stat.isFile ? stat.size : undefined };
      },
    ).catch((error) => {
      throw unreadable(path, error);
    });
  let bytesRead = 0;
  const counted = chunks.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        bytesRead += chunk.length;
        controller.enqueue(chunk);
      },
    }),
  );
  return { lines: linesOf(counted), bytesRead: () => bytesRead, size };
}

function unreadable(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotFound) return new CommandFailed(`There is no file ${path}`);
  if (error instanceof Deno.errors.NotCapable) {
    return new CommandFailed(
      `This command may read files in this folder alone: pipe the file into it, with - for its name`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) return new CommandFailed(`${path} may not be read`);
  return error;
}

/** A line that is not blank, and its number from 1; without text when it is none that can be read. */
type Line = { number: number; text: string } | { number: number; text?: undefined; problem: string };

const NEWLINE = 0x0a;
const NOTHING = new Uint8Array();
const utf8 = new TextEncoder();

/** Lines end with LF or CRLF, the last one with the file too. Of an over-long one no more is held than shows it. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 0;
  let held: Uint8Array = NOTHING;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = toLine(++number, joined(held, chunk.subarray(from, end)));
      if (line) yield line;
      held = NOTHING;
      from = end + 1;
    }
    held = joined(held, chunk.subarray(from));
  }
  const last = toLine(++number, held);
  if (last) yield last;
}

/** `held` and what follows it, up to the first byte that is too many. */
function joined(held: Uint8Array, more: Uint8Array): Uint8Array {
  const taken = more.subarray(0, Math.max(0, MOST_LINE_BYTES + 1 - held.length));
  const both = new Uint8Array(held.length + taken.length);
  both.set(held);
  both.set(taken, held.length);
  return both;
}

/** Undefined for a blank line. A byte order mark at its beginning is no part of it. */
function toLine(number: number, bytes: Uint8Array): Line | undefined {
  if (bytes.length > MOST_LINE_BYTES) {
    return { number, problem: `it is longer than ${MOST_LINE_BYTES / 1024} KiB` };
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.trim() === "" ? undefined : { number, text };
  } catch {
    return { number, problem: "it is not UTF-8" };
  }
}

const BAR_CELLS = 24;

/** Without a terminal a line says how far it is each time so many lines are done. */
const LINES_A_REPORT = 10_000;

/** How far the file is imported, to standard error: as a bar on a terminal, as a line now and then elsewhere. */
function showProgress(file: OpenFile): { show: (lines: number) => void; hide: () => void } {
  const terminal = Deno.stderr.isTerminal();
  const write = (text: string) => terminal && Deno.stderr.writeSync(utf8.encode(text));
  let reported = 0;
  return {
    hide: () => write("\r\x1b[K"),
    show: (lines) => {
      write(`${barOf(file)}${count(lines)} lines`);
      const reports = Math.floor(lines / LINES_A_REPORT);
      if (!terminal && reports > reported) console.error(`${count(lines)} lines`);
      reported = reports;
    },
  };
}

function barOf({ bytesRead, size }: OpenFile): string {
  if (!size) return "";
  const part = Math.min(1, bytesRead() / size);
  const filled = Math.round(part * BAR_CELLS);
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}] ${percent} %  `;
}
