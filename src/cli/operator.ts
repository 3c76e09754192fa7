import { type Client, createClient } from "../client/operator/client.ts";
import { graphql } from "../client/operator/graphql.ts";
import { readConfig } from "../config.ts";
import { dataDir, holdDataDir } from "./data_dir.ts";
import { openDatabase } from "../platform/db/open_database.ts";
import { migrate } from "../platform/db/migrate.ts";
import { randomBytes } from "../lib/crypto.ts";
import { SYSTEM } from "../events/events.ts";
import {
  createOperator,
  listOperators,
  revokedMessage,
  revokeOperator,
} from "../operations/operators/operators.ts";
import type { OperatorRole } from "../operations/operators/roles.ts";
import { findServer } from "../client/operator/running_server.ts";
import { succeeded } from "../client/operator/succeeded.ts";
import { clientVariable } from "../client/operator/variables.ts";
import { CommandFailed, table } from "./command.ts";
import { print } from "./print.ts";

const Create = graphql(`
  mutation CreateOperator($name: String!, $role: OperatorRole!, $days: Int!) {
    createOperator(name: $name, role: $role, days: $days) {
      __typename
      ... on OperatorCreated { token operator { id name role expiresAt } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

const List = graphql(`query Operators { operators { id name role expiresAt lastUsedAt revokedAt } }`);

const Revoke = graphql(`
  mutation RevokeOperator($id: ID!) {
    revokeOperator(id: $id) { __typename ... on Done { message } ... on AuthError { code message actionRequired } }
  }
`);

/** An operator in the list; times as text. */
type Row = {
  id: string;
  name: string;
  role: string;
  expiresAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
};

type NewOperator = { name: string; role: OperatorRole; days: number };

/** The command's operations, through a server or directly on the database. */
type Operators = {
  create(input: NewOperator): Promise<{ token: string; id: string }>;
  list(): Promise<Row[]>;
  /** Returns what to tell the user. */
  revoke(id: string): Promise<string>;
};

/** `operator create`. */
export async function addOperator(input: NewOperator): Promise<void> {
  const { token, id } = await withOperators((operators) => operators.create(input));
  print(token, "", `This is the token of ${id}. It is shown only once: store it as a secret.`);
}

/** `operator list`. */
export async function showOperators(): Promise<void> {
  print(...listing(await withOperators((operators) => operators.list())));
}

/** `operator revoke`. */
export async function removeOperator(id: string): Promise<void> {
  print(await withOperators((operators) => operators.revoke(id)));
}

function listing(rows: Row[]): string[] {
  const cells = rows.map((row) => [
    row.id,
    row.name,
    row.role,
    row.revokedAt ? `revoked ${row.revokedAt}` : `until ${row.expiresAt}`,
    row.lastUsedAt ? `used ${row.lastUsedAt}` : "never used",
  ]);
  return table([["ID", "NAME", "ROLE", "STATE", "LAST USE"], ...cells]);
}

/** Uses the running server if there is one, otherwise the database. */
async function withOperators<T>(work: (operators: Operators) => Promise<T>): Promise<T> {
  const config = readConfig((name) => Deno.env.get(name));
  const dir = dataDir(config.DATA_DIR);
  const { url, token } = await findServer();
  if (clientVariable("SALLYPORT_URL") || (!config.DATABASE_URL && await isRunning(url))) {
    if (!url || !token) {
      throw new CommandFailed(
        "A running server uses this folder's database, and no operator token was found: set SALLYPORT_TOKEN, or stop the server first",
      );
    }
    return await work(throughServer(createClient({ url, token })));
  }
  using _lock = config.DATABASE_URL ? { [Symbol.dispose]() {} } : await holdDataDir(dir);
  const database = await openDatabase(config, dir.database);
  try {
    if (database.kind === "pglite") await migrate(database);
    const services = { db: database.db, now: () => new Date(), random: randomBytes, wakeLog: () => {} };
    return await work({
      create: async (input) => {
        const { operator, token } = await createOperator(services, SYSTEM, input);
        return { id: operator.id, token: token.reveal() };
      },
      list: async () => (await listOperators(services.db)).map(withTextTimes),
      revoke: async (id) => revokedMessage(await revokeOperator(services, "command line", id)),
    });
  } finally {
    await database.close();
  }
}

async function isRunning(url: string | undefined): Promise<boolean> {
  if (!url) return false;
  return await fetch(new URL("/healthz", url)).then(async (response) => {
    await response.body?.cancel();
    return response.ok;
  }, () => false);
}

function throughServer(client: Client): Operators {
  return {
    create: async (input) => {
      const { createOperator } = await client.request(Create, input);
      const { token, operator } = succeeded(createOperator, "OperatorCreated");
      return { token, id: operator.id };
    },
    list: async () => (await client.request(List, {})).operators,
    revoke: async (id) => succeeded((await client.request(Revoke, { id })).revokeOperator, "Done").message,
  };
}

function withTextTimes<T extends { expiresAt: Date; lastUsedAt: Date | null; revokedAt: Date | null }>(
  row: T,
) {
  return {
    ...row,
    expiresAt: row.expiresAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
