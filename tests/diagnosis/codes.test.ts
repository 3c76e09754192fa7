import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { codeFor, verifyCode, wrongCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { causeOf, diagnosisOf } from "../support/diagnoses.ts";
import { newPerson, signIn } from "../support/people.ts";

onPglite("CODE_EXPIRED, WRONG_CODE and CODE_USED_UP: the state of the mailed code", async (database) => {
  await using app = await startApp({ database });
  const email = "ada@example.test";
  const wrong = await codeFor(app, email);
  await verifyCode(app, wrong.id, wrongCode(wrong.code));
  assert.match((await causeOf(app, email, "WRONG_CODE")).cause, /once; tries left: 4/);
  for (let count = 0; count < 4; count++) await verifyCode(app, wrong.id, wrongCode(wrong.code));
  await causeOf(app, email, "CODE_USED_UP");
  app.clock.advance(61);
  const late = await codeFor(app, email);
  app.clock.advance(11 * 60);
  await verifyCode(app, late.id, late.code);
  await causeOf(app, email, "CODE_EXPIRED");
});

onPglite("a refused code is no cause after a later sign-in", async (database) => {
  await using app = await startApp({ database });
  const { username, id } = await newPerson(app);
  const email = "ada@example.test";
  await app.services.db.updateTable("users")
    .set({ email, email_key: email, email_verified_at: app.clock.now() }).where("id", "=", id).execute();
  const { id: flowId, code } = await codeFor(app, email);
  for (const [cause, tries] of [["WRONG_CODE", 1], ["CODE_USED_UP", 4]] as const) {
    for (let count = 0; count < tries; count++) await verifyCode(app, flowId, wrongCode(code));
    await causeOf(app, username, cause);
    await signIn(app, username);
    assert.deepEqual((await diagnosisOf(app, email)).findings, [], cause);
  }
  app.clock.advance(61);
  const late = await codeFor(app, email);
  await signIn(app, username);
  app.clock.advance(11 * 60);
  assert.deepEqual((await diagnosisOf(app, email)).findings, []);
  await verifyCode(app, late.id, late.code);
  await causeOf(app, email, "CODE_EXPIRED");
});

onPglite("CODE_USED: a code was typed again, until the next sign-in", async (database) => {
  await using app = await startApp({ database });
  const email = "ada@example.test";
  const { id, code } = await codeFor(app, email);
  await verifyCode(app, id, code);
  assert.deepEqual((await diagnosisOf(app, email)).findings, []);
  await verifyCode(app, id, code);
  assert.match((await causeOf(app, email, "CODE_USED")).cause, /again once after it had signed in/);
  app.clock.advance(61);
  const next = await codeFor(app, email);
  await verifyCode(app, next.id, next.code);
  assert.deepEqual((await diagnosisOf(app, email)).findings, []);
});
