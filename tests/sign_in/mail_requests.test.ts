import assert from "node:assert/strict";
import { sql } from "kysely";
import { refusedForNow } from "../../src/emulators/mail/switches.ts";
import { requestPasswordReset } from "../../src/sign_in/password/change_password.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { mailedToken, nextMail, REQUEST_RESET, REQUEST_VERIFICATION } from "../support/callers.ts";
import { REQUEST as REQUEST_CODE } from "../support/codes.ts";
import { onEachDatabase, onPostgres } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { PASSWORD, REGISTER, register } from "../support/people.ts";
import { post } from "../support/wire.ts";

const [PROVEN, CLAIMED, UNKNOWN] = ["ada@example.test", "bob@example.test", "eve@example.test"] as const;

/** Creates one account with a verified address, and one that only claims its address. */
async function addAccounts(app: TestApp): Promise<void> {
  for (const [username, email] of [["ada", PROVEN], ["bob", CLAIMED]] as const) {
    await register(app, { username, email, password: PASSWORD });
    await mailedToken(app, email);
  }
  await app.services.db.updateTable("users").set({ email_verified_at: new Date() })
    .where("username", "=", "ada").execute();
}

/** All operations that mail an address given by the caller, with their variables and the expected subjects. */
const OPERATIONS: Record<string, {
  document: string;
  variables: (email: string) => Record<string, unknown>;
  mails: Record<string, RegExp>;
}> = {
  requestPasswordReset: {
    document: REQUEST_RESET,
    variables: (email) => ({ email }),
    mails: { [PROVEN]: /new password/ },
  },
  requestEmailVerification: {
    document: REQUEST_VERIFICATION,
    variables: (email) => ({ email }),
    mails: { [CLAIMED]: /Confirm/ },
  },
  register: {
    document: REGISTER,
    variables: (email) => ({ input: { email, password: PASSWORD } }),
    mails: { [PROVEN]: /account already/, [CLAIMED]: /Confirm/, [UNKNOWN]: /Confirm/ },
  },
  requestEmailCode: {
    document: REQUEST_CODE,
    variables: (email) => ({ email }),
    mails: { [PROVEN]: /code/, [CLAIMED]: /code/, [UNKNOWN]: /code/ },
  },
};

/** Removes what differs in every response: ids, times and the address. */
function shapeOf(text: string, email: string): string {
  return text.replaceAll(email, "EMAIL").replace(/flw_[\w.-]+/g, "FLOW").replace(
    /\d{4}-\d\d-\d\dT[\d:.]+Z/g,
    "TIME",
  );
}

/** What the newest mail's row reveals about its recipient, and the size of its content. */
async function newestRow({ services: { db } }: TestApp, email: string) {
  const row = await db.selectFrom("mails")
    .select(["subject", "user_id", sql<number>`length(sealed)`.as("size")])
    .where("to_address", "=", email).orderBy("id", "desc").limit(1).executeTakeFirstOrThrow();
  return { ...row, subject: row.subject.replace(/\d{6}/, "CODE") };
}

/** Runs `work` while all other statements that touch accounts wait. */
async function whileAccountsAreLocked({ services: { db } }: TestApp, work: () => Promise<void>) {
  const lock = await db.startTransaction().execute();
  try {
    await sql`lock table users, identities, mailed_links in access exclusive mode`.execute(lock);
    await work();
  } finally {
    await lock.rollback().execute();
  }
}

onPostgres(
  "R56: operations that mail an address respond the same way for every address, without reading accounts",
  async (database) => {
    await using app = await startApp({ database });
    await addAccounts(app);
    for (const [name, { document, variables, mails }] of Object.entries(OPERATIONS)) {
      const seen: unknown[] = [];
      const before = app.inbox.mails.length;
      // Delays all mails, because the content of a sent mail is deleted.
      app.inbox.switches.faults = [refusedForNow(1_000_000)];
      await whileAccountsAreLocked(app, async () => {
        for (const email of [PROVEN, CLAIMED, UNKNOWN]) {
          const asked = post(app, document, { variables: variables(email) });
          const { text, status } = await within(`${name} answers`, asked);
          assert.match(text, /Done|Registered|EmailCodeSent/);
          seen.push({ status, text: shapeOf(text, email), row: await newestRow(app, email) });
        }
      });
      app.inbox.switches.faults = [];
      assert.deepEqual(seen, [seen[0], seen[0], seen[0]], name);
      for (const [email, subject] of Object.entries(mails)) {
        assert.match((await nextMail(app, email)).subject, subject, name);
      }
      await eventually("no request is left", async () => {
        const { rows } = await sql`select from mails where sealed is not null`.execute(app.services.db);
        return rows.length === 0;
      });
      assert.equal(app.inbox.mails.length, before + Object.keys(mails).length, name);
    }
  },
);

onEachDatabase("R56: registering with a username costs the same for every address", async (database) => {
  await using app = await startApp({ database: measured(database) });
  await addAccounts(app);
  const costs: number[] = [];
  for (const [index, email] of [PROVEN, CLAIMED, UNKNOWN].entries()) {
    costs.push(
      await roundTripsOf(async () => {
        const answer = await register(app, { username: `new${index}`, email, password: PASSWORD });
        assert.equal(answer.__typename, "Registered");
      }),
    );
  }
  assert.deepEqual(costs, [5, 5, 5]);
});

onEachDatabase("R56: a requested mail is not lost when no worker runs", async (database) => {
  const keys = newKeyring();
  {
    await using app = await startApp({ database, keys, env: { SMTP_URL: "" } });
    await register(app, { username: "ada", email: PROVEN, password: PASSWORD });
    await app.services.db.updateTable("users").set({ email_verified_at: new Date() }).execute();
    const services = { ...app.services, mailConfigured: true };
    const caller = { kind: "nobody", ipAddress: "203.0.113.7", userAgent: null } as const;
    for (const email of [PROVEN, UNKNOWN]) await requestPasswordReset(services, caller, email);
  }
  await using app = await startApp({ database, keys });
  await mailedToken(app, PROVEN);
  const left = () => app.services.db.selectFrom("mails").select(["to_address", "status"]).execute();
  await eventually("the other request is dropped", async () => (await left()).length === 1);
  await eventually("the mail is sent", async () => (await left())[0]?.status === "SENT");
  await app.services.eventLog.settled();
  const events = await app.services.db.selectFrom("events").select(["type", "user_id", "ip_address"])
    .where("type", "in", ["mail.requested", "mail.dropped", "mail.queued", "password.reset_requested"])
    .execute();
  const counts = (type: string) => events.filter((event) => String(event.type) === type).length;
  assert.deepEqual(
    ["mail.requested", "mail.dropped", "mail.queued", "password.reset_requested"].map(counts),
    [2, 1, 1, 1],
  );
  const reset = events.find(({ type }) => String(type) === "password.reset_requested");
  assert.equal(reset?.ip_address, "203.0.113.7");
});
