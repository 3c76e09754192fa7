import type { Client } from "../client/operator/client.ts";
import { graphql, type VariablesOf } from "../client/operator/graphql.ts";
import { readConfig } from "../config.ts";
import { randomBytes } from "../lib/crypto.ts";
import { dataDir, holdDataDir } from "./data_dir.ts";
import { admitRootKey } from "../platform/keys/root_key_guard.ts";
import { openServingDatabase } from "../platform/db/open_database.ts";
import { SYSTEM } from "../events/events.ts";
import {
  type ImportOutcome,
  type ImportUser,
  importUsers,
  MOST_IMPORTED,
} from "../accounts/users/import_users.ts";
import { findServer } from "../client/operator/running_server.ts";
import { succeeded } from "../client/operator/succeeded.ts";
import { clientVariable } from "../client/operator/variables.ts";
import { connect } from "./access.ts";
import { readUser } from "./import_line.ts";
import { keyring } from "./keyring.ts";
import { type Line, type OpenFile, openFile } from "./lines.ts";
import { print, printError } from "./print.ts";
import { count, showProgress } from "./progress.ts";

const utf8 = new TextEncoder();

const Import = graphql(`
  mutation ImportUsers($users: [ImportUserInput!]!) {
    importUsers(users: $users) {
      __typename
      ... on UsersImported { added existing bad { index reason } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

/** Bytes for users in one request: 64 KiB minus the document and its envelope. */
const MOST_REQUEST_BYTES = 60 * 1024;

/**
 * `users import`: imports the users of a file with one JSON object per line. Prints each invalid line with the
 * reason to standard error; the exit code is then 1. It reads the file as a stream.
 */
export async function importUsersFile(path: string): Promise<void> {
  const file = await openFile(path);
  await withImporter((importer) => importFile(file, importer));
}

/** Imports users, up to `mostBytes` of them at once. */
type Importer = { mostBytes: number; add: (users: ImportUser[]) => Promise<ImportOutcome[]> };

/** Uses the running server if there is one, otherwise the database. */
async function withImporter(work: (importer: Importer) => Promise<void>): Promise<void> {
  const config = readConfig((name) => Deno.env.get(name));
  const running = !config.DATABASE_URL && (await findServer()).url;
  if (clientVariable("SALLYPORT_URL") || running) return await work(throughServer(await connect()));
  const dir = dataDir(config.DATA_DIR);
  using _lock = config.DATABASE_URL ? { [Symbol.dispose]() {} } : await holdDataDir(dir);
  const { db, close } = await openServingDatabase(config, dir.database, () => {});
  // The user of this machine could change the database directly, so we trust the import.
  const importer = { origin: SYSTEM, vouches: true };
  try {
    const keys = await keyring(config, dir);
    const now = () => new Date();
    // The server must be able to open what we seal, so another root secret is refused.
    await admitRootKey(db, keys, now());
    const services = { db, keys, now, random: randomBytes, wakeLog: () => {} };
    await work({ mostBytes: Infinity, add: (users) => importUsers(services, importer, users) });
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

/** Converts a user to the request's form: times become texts, and absent keys stay absent. */
function toInput(user: ImportUser): Input {
  return JSON.parse(JSON.stringify(user));
}

type Tally = { lines: number; added: number; existing: number; bad: number };

async function importFile(file: OpenFile, importer: Importer): Promise<void> {
  const tally: Tally = { lines: 0, added: 0, existing: 0, bad: 0 };
  const progress = showProgress(file);
  try {
    for await (const batch of batchesOf(file.lines, importer.mostBytes)) {
      const bad = await importBatch(batch, importer, tally);
      progress.hide();
      for (const { line, reason } of bad) printError(`line ${count(line)}: ${reason}`);
      progress.show(tally.lines);
    }
  } catch (error) {
    progress.hide();
    printError(`Stopped. ${summaryOf(tally)}. Run the command again to continue: no user is added twice`);
    throw error;
  }
  progress.hide();
  print(summaryOf(tally));
  if (tally.bad > 0) Deno.exitCode = 1;
}

/** Imports a batch, updates the tally, and returns the bad lines in order. */
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

type BadLine = { line: number; reason: string };

/** The users of one transaction. */
type Batch = { users: { line: number; user: ImportUser }[]; bad: BadLine[]; lastLine: number; bytes: number };

/** Groups the non-blank lines into batches of up to a thousand lines and `mostBytes` of users. */
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
