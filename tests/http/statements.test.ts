import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { guest, mailedCode, requestCode, verifyCode } from "../support/codes.ts";
import { onPostgres } from "../support/databases.ts";
import { statementsOf } from "../support/password_statements.ts";

/** Of everything that the process does, what is done for the request: a line is a statement, or a transaction. */
async function sharesOf(work: () => Promise<unknown>): Promise<string[]> {
  const lines = await statementsOf(work);
  return lines.filter((line) => /rate_limits|email_codes|insert into sessions/.test(line));
}

onPostgres("mailed codes and guests cost so many round trips and no more", async (database) => {
  await using app = await startApp({ database });
  const near = from(app, "203.0.113.7");
  let id = "";
  const asked = await sharesOf(async () => id = (await requestCode(near, "ada@example.test")).flow.id);
  assert.match(asked[0] ?? "", /^\s*with used_up .* "raised_0" .* "raised_2" /s, asked.join("\n"));
  assert.match(asked[1] ?? "", /"flows".*"email_codes".*"mails".*pgboss.*unsequenced_events/s, "all else");
  const shown = asked.slice(2);
  assert.ok(
    shown.every((line) => /^\s*select/.test(line)),
    `what the answer shows is read:\n${shown.join("\n")}`,
  );
  const code = await mailedCode(app, "ada@example.test");
  const verified = await sharesOf(() => verifyCode(near, id, code));
  assert.match(verified[0] ?? "", /update email_codes.*counted/s);
  assert.match(
    verified[1] ?? "",
    /^begin; .*delete from email_codes.*; select .*"users".*; .*insert into sessions.*update "flows".*; commit$/s,
  );
  assert.equal(verified[1]?.split("; ").length, 5);
  assert.equal(verified.length, 2, verified.join("\n"));
  const asGuest = await sharesOf(() => guest(near));
  assert.equal(asGuest.length, 2, asGuest.join("\n"));
});
