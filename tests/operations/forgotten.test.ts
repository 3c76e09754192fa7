import assert from "node:assert/strict";
import { sql } from "kysely";
import { recurringWork } from "../../src/wiring/recurring_work.ts";
import { type TestApp, testConfig } from "../support/app.ts";
import { mailedToken } from "../support/callers.ts";
import { codeFor } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import type { GoogleApp } from "../support/google_credentials.ts";
import { start } from "../support/google_flows.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { PASSWORD, register, signedIn } from "../support/people.ts";

const YEAR = 365 * 24 * 60 * 60;

/** Tables whose rows expire. */
const TABLES = [
  "sessions",
  "mailed_links",
  "mails",
  "flows",
  "google_authorizations",
  "email_codes",
  "spent_tokens",
  "rate_limits",
] as const;

/** Creates rows in each of the tables. */
async function leaveRows(app: GoogleApp): Promise<void> {
  const email = "ada@example.test";
  await register(app, { username: "ada", email, password: PASSWORD });
  await mailedToken(app, email);
  await start(app, { token: (await signedIn(app, "ada")).accessToken });
  await codeFor(app, email);
  await signInWithGoogle(app, { email: "ada@gmail.test" });
}

async function countRows({ services: { db } }: TestApp): Promise<Record<string, number>> {
  const counts = TABLES.map(async (table) => {
    const { rows: [row] } = await sql<{ count: number }>`select count(*)::int from ${sql.table(table)}`
      .execute(db);
    return [table, row?.count ?? 0] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

onPglite("expired rows are deleted, and no others", async (database) => {
  await using app = await startGoogleApp({ database });
  const forget = recurringWork(app.services, testConfig({})).find(({ name }) => name === "accounts.forget");
  assert.ok(forget);
  await leaveRows(app);
  const before = await countRows(app);
  for (const table of TABLES) assert.ok(before[table], `${table} is empty`);
  await forget.run(new AbortController().signal);
  assert.deepEqual(await countRows(app), before);

  app.clock.advance(YEAR);
  await forget.run(new AbortController().signal);
  assert.deepEqual(await countRows(app), Object.fromEntries(TABLES.map((table) => [table, 0])));
});
