import assert from "node:assert/strict";
import { inspect } from "node:util";
import { sql } from "kysely";
import { createKeyring } from "../src/platform/keys/root_key.ts";
import { randomBytes } from "../src/lib/crypto.ts";
import { unavailable } from "../src/emulators/modal/switches.ts";
import { Secret } from "../src/lib/secret.ts";
import { startApp, type TestApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";
import { eventually } from "./support/eventually.ts";
import { captureLogs, dump, leaks } from "./support/secrets.ts";
import { type Answer, post } from "./support/wire.ts";

const FLOW =
  `{ id status code tokenFlowId webUrl steps { name message data } failure { code message actionRequired }
  credential { id label tokenId health lastFailure } workspace }`;
const START = `mutation { startModalTokenFlow { __typename ... on ModalTokenFlowStarted { flow ${FLOW} }
  ... on AuthError { code message actionRequired } } }`;
const START_WITHOUT_CODE = START.replace("status code", "status");
const WATCH = `query ($id: ID!) { flow(id: $id) { ... on ModalTokenFlow ${
  FLOW.replace("status code", "status")
} } }`;
const IMPORT = `mutation ($id: String!, $secret: String!) {
  importModalCredential(tokenId: $id, tokenSecret: $secret) {
    __typename ... on ModalVerified { credential { id } } ... on AuthError { code message actionRequired } } }`;
const EVERYTHING = `{
  events(last: 200) { nodes { type actor data flowId credentialId } }
  credentials { nodes { id label tokenId scopes health lastFailure authorizationUrl } }
  operators { id name role lastUsedAt }
  serverHealth { checks { name message } jobs recentErrors { type data } }
  server { version database modalServerUrl emulated }
  modalClient { serverUrl warnings failure { code message } } }`;
const byId = (name: string, more = "") =>
  `mutation ($id: ID!) { ${name}(id: $id) { __typename ${more} ... on AuthError { code message actionRequired } } }`;

/** Does what operators do, and writes down every answer but those that exist to give a secret. */
class Run {
  readonly answers: string[] = [];
  readonly given: string[] = [];
  constructor(readonly app: TestApp, readonly token: string) {}

  async ask(query: string, variables: Record<string, unknown> = {}, token = this.token): Promise<Answer> {
    const answer = await post(this.app, query, { token, variables });
    this.answers.push(answer.text);
    return answer;
  }

  /** Like `ask`, for responses that may contain a secret. */
  async take(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    const answer = await post(this.app, query, { token: this.token, variables });
    this.given.push(answer.text);
    return answer;
  }

  async flowUntil(id: string, status: string): Promise<void> {
    await eventually(`the flow is ${status}`, async () => {
      const { data } = await this.ask(WATCH, { id });
      return (data?.["flow"] as { status: string }).status === status;
    });
  }
}

type Flow = { id: string; tokenFlowId: string; code: string | null };
const flowOf = ({ data }: Answer) => (data?.["startModalTokenFlow"] as { flow: Flow }).flow;

/** A flow that asks for a code, approved with it. */
async function signIn(run: Run, modal: TestApp["modal"]): Promise<string> {
  modal.switches.code = "required";
  const { id, tokenFlowId, code } = flowOf(await run.take(START));
  assert.equal(modal.approve(tokenFlowId, code ?? ""), undefined);
  await run.flowUntil(id, "SUCCEEDED");
  const { data } = await run.ask(WATCH, { id });
  return (data?.["flow"] as { credential: { id: string } }).credential.id;
}

/** Everything that can go wrong with a secret at hand. Returns the secrets that only we made up. */
async function fail(run: Run, { modal, services: { db } }: TestApp): Promise<string[]> {
  modal.switches.code = "shown";
  const denied = flowOf(await run.take(START));
  modal.deny(denied.tokenFlowId);
  await run.flowUntil(denied.id, "FAILED");
  const expired = flowOf(await run.take(START));
  modal.expire(expired.tokenFlowId);
  await run.flowUntil(expired.id, "EXPIRED");
  await run.ask(byId("cancelFlow"), { id: flowOf(await run.take(START)).id });

  const wrong = ["as-wrongwrongwrongwrongwr", "as-wrong secret, no header can carry it"];
  for (const secret of wrong) await run.ask(IMPORT, { id: modal.issueToken().tokenId, secret });
  const unseen = modal.issueToken();
  modal.switches.faults = [unavailable(8)];
  await run.ask(IMPORT, { id: unseen.tokenId, secret: unseen.tokenSecret });
  modal.switches.faults = [{ status: 13, text: "boom", times: 8 }];
  await run.ask(START_WITHOUT_CODE);
  modal.switches.faults = [];
  const guess = `${run.token.slice(0, -2)}xx`;
  await run.ask(EVERYTHING, {}, guess);

  // A fault of ours, in the middle of sealing: its log line must not hold the row.
  await sql`alter table credentials add constraint broken check (provider <> 'MODAL') not valid`.execute(db);
  const { errors } = await run.ask(IMPORT, { id: unseen.tokenId, secret: unseen.tokenSecret });
  assert.equal(errors[0]?.extensions?.code, "INTERNAL_SERVER_ERROR");
  await sql`alter table credentials drop constraint broken`.execute(db);
  return [...wrong, guess];
}

onEachDatabase(
  "R32: no secret is in a log, an event, an answer, a metric or the database",
  async (database) => {
    await using logs = await captureLogs();
    const root = randomBytes(32);
    await using app = await startApp({ database, keys: createKeyring(new Secret(root)) });
    const run = new Run(app, await app.operatorToken("REVEAL"));

    const credential = await signIn(run, app.modal);
    const imported = app.modal.issueToken();
    await run.ask(IMPORT, { id: imported.tokenId, secret: imported.tokenSecret });
    await run.ask(byId("verifyModalCredential"), { id: credential });
    await run.take(byId("revealCredential", "... on RevealedCredential { secret }"), { id: credential });
    const created = await run.take(
      `mutation { createOperator(name: "ada", role: READ) { ... on OperatorCreated { token operator { id } } } }`,
    );
    const ada = (created.data?.["createOperator"] as { token: string }).token;
    await run.ask(EVERYTHING, {}, ada);
    const ours = await fail(run, app);
    app.modal.revokeToken(imported.tokenId);
    await run.ask(EVERYTHING);
    await run.ask(byId("revokeCredential"), { id: credential });
    await run.ask(EVERYTHING);
    await app.services.eventLog.settled();

    const codes = [...app.modal.flows.values()].map((flow) => flow.code).filter((code) => code !== "");
    const secrets = [...app.modal.secrets(), ...codes, ...ours, run.token, ada, root];
    assert.ok(secrets.length >= 15, `${secrets.length} secrets`);
    const places = {
      logs: logs.text(),
      answers: run.answers.join("\n"),
      metrics: await app.services.metrics.text(),
      database: await dump(app.services),
    };
    for (const [place, text] of Object.entries(places)) assert.deepEqual(leaks(text, secrets), [], place);

    // The search itself works: it finds the secrets in the responses that may contain them.
    assert.ok(leaks(run.given.join("\n"), secrets).length >= 5);
    assert.match(places.database, new RegExp(`^\\(${credential},`, "m"));
    assert.match(places.logs, /"level":"ERROR".*An operation failed.*broken/);
    assert.doesNotMatch(places.logs, /Failing row/, "not even sealed");
  },
);

Deno.test("R32: a leak would be found in any of its forms", () => {
  for (
    const secret of [
      "as-wrongwrongwrongwrongwr",
      'with "quotes"',
      new Uint8Array(32).map((_, i) => i * 7),
    ]
  ) {
    const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
    const around = (before: string) =>
      new Uint8Array([...new TextEncoder().encode(before), ...bytes, 1, 2, 3]);
    const forms = [
      bytes.toHex(),
      ...["", "a", "ab", "abc"].flatMap((before) => [
        around(before).toBase64(),
        around(before).toBase64({ alphabet: "base64url" }),
      ]),
      ...(typeof secret === "string" ? [secret, JSON.stringify({ secret })] : []),
    ];
    for (const form of forms) assert.deepEqual(leaks(`… ${form} …`, [secret]), [secret], form);
    assert.deepEqual(leaks("nothing of it", [secret]), []);
  }
});

Deno.test("a secret shows nothing of itself however it is printed", () => {
  const secret = new Secret("as-wrongwrongwrongwrongwr");
  const printed = [`${secret}`, JSON.stringify({ secret }), Deno.inspect({ secret }), inspect({ secret })];
  for (const text of printed) {
    assert.match(text, /\[secret\]/);
    assert.deepEqual(leaks(text, [secret.reveal()]), []);
  }
});
