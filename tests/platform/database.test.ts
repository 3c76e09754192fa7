import assert from "node:assert/strict";
import { sql } from "kysely";
import { graphql } from "../../src/client/operator/graphql.ts";
import { Unavailable } from "../../src/lib/errors.ts";
import { inTransaction, type Tx } from "../../src/events/transaction.ts";
import { lockUser } from "../../src/accounts/users/users.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { eventually, pause } from "../support/eventually.ts";
import { cancel, codeOf, readFlow, StartFlow, startFlow, wait } from "../support/modal_flows.ts";
import { newPerson } from "../support/people.ts";
import { administer, databaseUrl } from "../support/templates.ts";

const Credentials = graphql(`query Credentials { credentials { nodes { id health } } }`);

onPostgres("of two transactions that wait for each other both succeed", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [(await newPerson(app)).id, (await newPerson(app)).id];
  const both = Promise.withResolvers<void>();
  let holding = 0;
  const holdBoth = (first: string, second: string) =>
    inTransaction(app.services, async (tx) => {
      await lockUser(tx.db, first);
      if (++holding === 2) both.resolve();
      await both.promise;
      return (await lockUser(tx.db, second))?.id;
    });
  assert.deepEqual(await Promise.all([holdBoth(ada, eve), holdBoth(eve, ada)]), [eve, ada]);
  assert.equal(holding, 3, "the database undid one of them");
});

onPostgres(
  "on a read-only database queries work, and every change gets an error with the reason",
  async (database) => {
    await using app = await startApp({ database });
    const operator = await app.operator();
    const { id } = await startFlow(operator, { wait: false });
    await setReadOnly(database.url ?? "", true);
    const calls = app.modal.calls.length;
    const readOnly = "Cannot store this: the database is read-only";
    // The first to use a connection that was cut off hears of that instead.
    await eventually(
      "the connections are new",
      async () => messageOf(await cancel(operator, id)) === readOnly,
    );
    assert.equal(messageOf(await wait(operator, id)), readOnly);
    const { startModalTokenFlow: answer } = await operator.request(StartFlow, {});
    assert.equal(codeOf(answer), "UNAVAILABLE");
    assert.equal(messageOf(answer), readOnly);
    assert.equal(app.modal.calls.length, calls, "Modal is not asked for what could not be stored");
    assert.equal((await readFlow(operator, id)).status, "PENDING");
    await setReadOnly(database.url ?? "", false);
    await eventually(
      "it can be changed",
      async () => (await cancel(operator, id)).__typename === "FlowChanged",
    );
  },
);

onPostgres("a connection that dies within a transaction fails that one alone", async (database) => {
  await using app = await startApp({ database });
  const dying = inTransaction(app.services, async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.db);
    await administer(database.url ?? "", `select pg_terminate_backend(${rows[0]?.pid})`);
    // The server hears of it while nothing is being asked.
    await pause(200);
    await sql`select 1`.execute(tx.db);
  });
  await assert.rejects(dying, Unavailable);
  const operator = await app.operator();
  assert.deepEqual((await operator.request(Credentials, {})).credentials.nodes, []);
});

onPostgres(
  "behind a pooler that forgets prepared statements one transaction fails, and none after it",
  async (database) => {
    await using app = await startApp({ database });
    const select = async (tx: Tx<TestApp["services"]>, n: number) =>
      (await sql<{ n: number }>`select ${n}::int as n`.execute(tx.db)).rows[0]?.n;
    /** What comes of it, and how many statements its connection has prepared by then. */
    const change = (n: number, forget = false) =>
      inTransaction(app.services, async (tx) => {
        await select(tx, n);
        // As when the pooler hands out another connection of its own.
        if (forget) await sql`deallocate all`.execute(tx.db);
        const selected = await select(tx, n);
        const { rows: prepared } = await sql`select * from pg_prepared_statements`.execute(tx.db);
        return { selected, prepared: prepared.length };
      });
    for (let n = 0; n < 10; n++) assert.equal((await change(n)).selected, n);
    assert.ok((await change(10)).prepared > 0);
    await assert.rejects(change(11, true), Unavailable);
    for (let n = 12; n < 31; n++) assert.deepEqual(await change(n, true), { selected: n, prepared: 0 });
  },
);

function messageOf(answer: { __typename: string; message?: string }): string {
  return answer.message ?? `no refusal: ${answer.__typename}`;
}

/** Takes effect for new connections, so the present ones are ended. */
async function setReadOnly(url: string, on: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const server = databaseUrl(url, "postgres");
  await administer(server, `alter database ${name} set default_transaction_read_only = ${on ? "on" : "off"}`);
  await administer(
    server,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
}
