import assert from "node:assert/strict";
import { refusedForNow } from "../../src/emulators/mail/switches.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { codeFor, requestCode, verifyCode } from "../support/codes.ts";
import { eventually } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { mutate } from "../support/people.ts";
import { dump } from "../support/secrets.ts";
import { post } from "../support/wire.ts";

type Mail = { id: string; to: string; subject: string; status: string; attempts: number; flowId: string };

const MAILS = `query ($status: MailStatus) { mails(last: 20, status: $status) { nodes {
  id to subject status attempts lastError flowId } } }`;

const RESEND = "mutation ($id: ID!) { resendMail(id: $id) { __typename ... on AuthError { code message } } }";

async function mails(app: TestApp, token: string, status?: string): Promise<Mail[]> {
  const { data } = await post(app, MAILS, { token, variables: { status } });
  return (data?.["mails"] as { nodes: Mail[] }).nodes;
}

onEachDatabase("operators see the outbox, but not the content of mails", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const { id, code } = await codeFor(app, "ada@example.test");
  const sent = await eventually("it is noted", async () => (await mails(app, token, "SENT"))[0]);
  assert.deepEqual([sent.to, sent.subject, sent.attempts], ["ada@example.test", "Your Sallyport code", 1]);
  assert.equal(sent.flowId, id.split(".")[0]);
  assert.deepEqual(await mails(app, token, "DEAD"), []);
  assert.ok(!(await dump(app.services)).includes(`${code} is your`));
});

onEachDatabase(
  "subscribers get each change of a mail, and a waiting mail can be sent at once",
  async (database) => {
    await using app = await startApp({ database });
    const token = await app.operatorToken();
    const live = await subscribe(app.fetch, "subscription { mails { to status attempts } }", { token });
    app.inbox.switches.faults = [refusedForNow(1)];
    await requestCode(app, "ada@example.test");
    const seen: string[] = [];
    while (seen.at(-1) !== "SENT") seen.push(((await live.value())["mails"] as { status: string }).status);
    await live.leave();
    const [mail] = await mails(app, token);
    assert.equal(mail?.status, "SENT");
    const over = await mutate<{ message: string }>(app, RESEND, { token, variables: { id: mail?.id } });
    assert.deepEqual([over.code, /it is SENT, and its content was deleted/.test(over.message)], [
      "INVALID_INPUT",
      true,
    ]);
    const none = await mutate(app, RESEND, { token, variables: { id: "mal_none" } });
    assert.equal(none.code, "INVALID_INPUT");
  },
);

onPglite("deleting a user deletes the user's mails", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken();
  const { id, code } = await codeFor(app, "Ada@example.test");
  const { user } = await verifyCode(app, id, code);
  await eventually("it is noted", async () => (await mails(app, token, "SENT"))[0]);
  await post(app, "mutation ($id: ID!) { deleteUser(userId: $id) { __typename } }", {
    token,
    variables: { id: user.id },
  });
  assert.deepEqual(await mails(app, token), []);
  assert.ok(!/ada@example\.test/i.test(await dump(app.services)));
});
