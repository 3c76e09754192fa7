import assert from "node:assert/strict";
import { sql } from "kysely";
import { startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { fromDevice, requestReset } from "../support/callers.ts";
import { mailedCode, requestCode, verifyCode } from "../support/codes.ts";
import { importToken } from "../support/credentials.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { confirmTotp, renameFactor, signInFirst, startTotp, totpAt } from "../support/factors.ts";
import { startFlow } from "../support/modal_flows.ts";
import {
  mutate,
  newPerson,
  PASSWORD,
  refresh,
  register,
  signedIn,
  signIn,
  viewerOf,
} from "../support/people.ts";
import { dump, leaks, part } from "../support/secrets.ts";
import { newProvenPerson } from "../support/states.ts";
import { cookieOf, mailedToken, OWN_PAGE, verifyEmail } from "../support/token_kinds.ts";
import { graphqlRequest, post } from "../support/wire.ts";

const DELETE = `mutation ($userId: ID!) { deleteUser(userId: $userId) {
  __typename ... on Done { message } ... on AuthError { code message } } }`;

function deleteUser(app: TestApp, token: string, userId: string) {
  return mutate<{ message: string }>(app, DELETE, { token, variables: { userId } });
}

const FACTOR = "Zuleika's telephone";

/** Adds an authenticator with the name `FACTOR`, begins to add another one, and starts a challenge. */
async function addFactors(
  app: TestApp,
  { username, accessToken }: { username: string; accessToken: string },
) {
  const { id, secret } = await startTotp(app, accessToken);
  const { factor } = await confirmTotp(app, accessToken, id, totpAt(app, secret));
  assert.equal((await renameFactor(app, accessToken, factor.id, FACTOR)).__typename, "FactorAdded");
  assert.equal((await startTotp(app, accessToken)).__typename, "TotpEnrolment");
  assert.equal((await signInFirst(app, username)).__typename, "SecondFactorRequired");
  return secret;
}

type Logged = {
  id: string;
  type: string;
  at: string;
  ipAddress: string | null;
  data: Record<string, unknown>;
};

async function eventsAbout(app: TestApp, token: string, userId: string): Promise<Logged[]> {
  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    "query ($userId: ID!) { events(userId: $userId, first: 200) { nodes { id type at ipAddress data } } }",
    { token, variables: { userId } },
  );
  return (data?.["events"] as { nodes: Logged[] }).nodes;
}

const HOME = "203.0.113.77";
const DEVICE = "Babbage-Engine/1842";
const NAME = "Zuleika-Dobson";
const ADDRESS = "zuleika@oxford.test";

onEachDatabase(
  "deleting a user deletes all personal data, and keeps the events",
  async (database) => {
    await using app = await startApp({ database });
    const home = fromDevice(app, HOME, DEVICE);
    const operator = await app.operatorToken("OPERATE");
    // A user with all kinds of data: mails, wrong passwords, several sessions, a credential and a waiting
    // flow.
    await register(home, { username: NAME, email: ADDRESS, password: PASSWORD });
    assert.equal(await verifyEmail(home, await mailedToken(app, ADDRESS)), "Done");
    await signIn(home, NAME, "wrong");
    const person = await signedIn(home, NAME);
    const cookie = await cookieOf(home, ADDRESS);
    await refresh(home, person.refreshToken);
    await post(home, "mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }", {
      variables: { email: ADDRESS },
    });
    await mailedToken(app, ADDRESS);
    const { tokenId, tokenSecret } = app.modal.issueToken();
    const imported = await importToken(app.client(person.accessToken), { tokenId, tokenSecret });
    assert(imported.__typename === "ModalVerified");
    const { credential, info } = imported;
    const flow = await startFlow(app.client(person.accessToken));
    const secret = await addFactors(home, person);
    const bystander = await newPerson(fromDevice(app, "203.0.113.78", "Other/1"), "bystander");
    await sql`update users set name = 'Zuleika the Elder' where id = ${person.id}`.execute(app.services.db);
    const { password_hash: hash } = await app.services.db.selectFrom("users").select("password_hash")
      .where("id", "=", person.id).executeTakeFirstOrThrow();
    const { label } = credential;
    const personal = [
      ...[NAME, NAME.toLowerCase(), ADDRESS, HOME, DEVICE, hash ?? "", "Zuleika the Elder"],
      ...[tokenId, tokenSecret, label, info.workspaceName ?? "", flow.tokenFlowId, flow.webUrl ?? ""],
      ...[FACTOR, secret],
    ];
    const before = await eventsAbout(app, operator, person.id);
    const plain = [NAME, ADDRESS, HOME, DEVICE, hash ?? "", tokenId, label, flow.tokenFlowId, FACTOR];
    const found = leaks(await dump(app.services), plain);
    assert.deepEqual(found, plain, "all of it is there before");
    const factorTables = ["factors", "recovery_codes", "totp_enrolments"];
    for (const table of factorTables) {
      assert.match(part(await dump(app.services), table), new RegExp(person.id), table);
    }

    assert.equal((await deleteUser(app, operator, person.id)).message, "Deleted");
    await app.services.eventLog.settled();
    const text = await dump(app.services);
    assert.deepEqual(leaks(text, personal), []);
    const tables = ["users", "flows", "modal_waits", "credentials", "mails", "mailed_links", ...factorTables];
    for (const table of tables) assert.doesNotMatch(part(text, table), new RegExp(person.id), table);

    const after = await eventsAbout(app, operator, person.id);
    const facts = ({ id, type, at }: Logged) => ({ id, type, at });
    assert.deepEqual(after.slice(0, before.length).map(facts), before.map(facts));
    const ENDS = ["session.revoked", "user.deleted"];
    const added = after.slice(before.length).map(({ type }) => type);
    assert.deepEqual(ENDS.filter((type) => !added.includes(type)), []);
    assert.equal(added.filter((type) => type === "user.deleted").length, 1);
    for (
      const type of [
        "user.registered",
        "session.issued",
        "password.rejected",
        "credential.created",
        "flow.started",
        "factor.added",
        "factor.renamed",
      ]
    ) {
      assert.ok(before.some((event) => event.type === type), `${type} was there`);
    }
    for (const { type, ipAddress, data } of after) {
      assert.equal(ipAddress, null, type);
      for (const name of ["userAgent", "label", "tokenId", "message"]) {
        assert.ok(
          !(name in data),
          `${type}: ${name}`,
        );
      }
    }

    // No token works, and nothing is found.
    await eventually("the tokens are dead", async () => await viewerOf(app, person.accessToken) === null);
    assert.equal((await refresh(app, person.refreshToken)).code, "SESSION_ENDED");
    const shown = await post(app, "{ viewer { id } }", { headers: { cookie, ...OWN_PAGE } });
    assert.deepEqual(shown.data, { viewer: null });
    assert.equal((await signIn(app, NAME)).code, "INVALID_CREDENTIALS");
    assert.equal((await signIn(app, ADDRESS)).code, "INVALID_CREDENTIALS");
    assert.equal(await viewerOf(app, bystander.accessToken), "bystander");
    assert.match(
      part(await dump(app.services), "sessions"),
      /203\.0\.113\.78/,
      "other users keep their data",
    );

    const again = await deleteUser(app, operator, person.id);
    assert.equal(again.code, "INVALID_INPUT");
    const registered = await register(app, { username: NAME, email: ADDRESS, password: PASSWORD });
    assert.equal(registered.__typename, "Registered");
    const successor = await signedIn(app, NAME);
    assert.notEqual(successor.id, person.id);
    assert.equal(await viewerOf(app, person.accessToken), null, "the old token is not the new user's");
  },
);

onPostgres("events that are not in the log yet lose the address of a deleted user", async (database) => {
  await using app = await startApp({ database });
  const { id, email } = await newProvenPerson(app);
  await app.services.eventLog.settled();
  const { db } = app.services;
  const lock = await db.startTransaction().execute();
  await sql`select pg_advisory_xact_lock(${0x73616c6c79}::bigint)`.execute(lock);
  try {
    await requestReset(app, email);
    assert.equal((await deleteUser(app, await app.operatorToken(), id)).__typename, "Done");
    const rows = await db.selectFrom("unsequenced_events").select(["type", "user_id", "verified_email"])
      .execute();
    assert.ok(rows.some(({ type, user_id }) => String(type) === "mail.requested" && user_id === id));
    assert.ok(rows.every(({ verified_email }) => verified_email === null));
  } finally {
    await lock.rollback().execute();
  }
});

onPglite("a flow that is being watched ends when its user is deleted", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  const { id, tokenFlowId } = await startFlow(app.client(ada.accessToken));
  const WATCH = "subscription ($id: ID!) { flow(id: $id) { status } }";
  const own = await subscribe(app.fetch, WATCH, { token: ada.accessToken, variables: { id } });
  const theirs = await subscribe(app.fetch, WATCH, { token: operator, variables: { id } });
  for (const live of [own, theirs]) assert.deepEqual(await live.value(), { flow: { status: "WAITING" } });
  const waiting = () => app.services.server.waitingFlows();
  assert.equal(waiting(), 1);
  assert.equal((await deleteUser(app, operator, ada.id)).__typename, "Done");
  await within("ada's own subscription ends", own.cutShort());
  await eventually("the server stops polling Modal for it", () => waiting() === 0);
  // The operator's subscription ends, with or without an error.
  await within("the operator's subscription ends", theirs.refusal().catch(() => {}));
  app.modal.approve(tokenFlowId);
  await app.services.eventLog.settled();
  const { data } = await post(app, "query ($id: ID!) { flow(id: $id) { id } credentials { nodes { id } } }", {
    token: operator,
    variables: { id },
  });
  assert.deepEqual(data, { flow: null, credentials: { nodes: [] } });
  assert.equal(app.services.metrics.recent("failures", app.services.now()), 0);
});

onPglite("operations in progress while their user is deleted leave no data behind", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(fromDevice(app, HOME, DEVICE));
  const { tokenId, tokenSecret } = app.modal.issueToken();
  app.modal.switches.delayMs = 500;
  const calls = app.modal.calls.length;
  const importing = importToken(app.client(ada.accessToken), { tokenId, tokenSecret });
  const starting = post(
    app,
    `mutation { startModalTokenFlow { __typename ... on AuthError { code } } }`,
    { token: ada.accessToken },
  );
  await eventually("Modal is asked", () => app.modal.calls.length > calls);
  assert.equal((await deleteUser(app, operator, ada.id)).__typename, "Done");
  await Promise.allSettled([importing, starting]);
  await app.services.eventLog.settled();
  const text = await dump(app.services);
  for (const table of ["credentials", "flows", "modal_waits"]) {
    assert.doesNotMatch(part(text, table), new RegExp(ada.id), table);
  }
  assert.deepEqual(leaks(text, [tokenId, HOME, DEVICE]), []);
});

onPostgres("a deleted user's sessions are rejected everywhere, and after a restart", async (database) => {
  await using modal = await startModalEmulator();
  await using inbox = await startMailEmulator();
  const keys = newKeyring();
  const start = () => startApp({ database, keys, modal, inbox });
  await using one = await start();
  await using two = await start();
  const operator = await one.operatorToken("OPERATE");
  const ada = await newPerson(one);
  const cookie = await cookieOf(one, ada.username);
  const byCookie = async (app: TestApp) => {
    const { data } = await post(app, "{ authState { user { id } session { id } } }", {
      headers: { cookie, ...OWN_PAGE },
    });
    return data?.["authState"];
  };
  const OUT = { user: null, session: null };
  assert.equal(await viewerOf(two, ada.accessToken), ada.username);
  const live = await subscribe(two.fetch, "subscription { events { id } }", { token: ada.accessToken });
  await deleteUser(one, operator, ada.id);
  for (const app of [one, two]) {
    await eventually("the tokens are dead", async () => await viewerOf(app, ada.accessToken) === null);
    assert.deepEqual(await byCookie(app), OUT);
    assert.equal((await refresh(app, ada.refreshToken)).code, "SESSION_ENDED");
  }
  await within("the subscription ends", live.cutShort());
  // The username belongs to another user now, so an accepted token would show.
  await newPerson(one, ada.username);
  await using restarted = await start();
  assert.equal(await viewerOf(restarted, ada.accessToken), null);
  assert.deepEqual(await byCookie(restarted), OUT);
  const needed = graphqlRequest("{ events { nodes { id } } }", { token: ada.accessToken });
  assert.match(await (await restarted.fetch(needed)).text(), /UNAUTHENTICATED/);
  assert.equal((await refresh(restarted, ada.refreshToken)).code, "SESSION_ENDED");
});

onEachDatabase(
  "deleting a user who only claims an address leaves the code of its owner valid",
  async (database) => {
    await using app = await startApp({ database });
    const email = "victim@example.test";
    await register(app, { username: "claimant", email, password: PASSWORD });
    await app.inbox.next(email);
    const { id } = await signedIn(app, "claimant");
    const { flow } = await requestCode(app, email);
    const code = await mailedCode(app, email);
    const operator = await app.operatorToken("OPERATE");
    assert.equal((await deleteUser(app, operator, id)).__typename, "Done");
    const { user } = await verifyCode(app, flow.id, code);
    assert.equal(user.email, email);
  },
);
