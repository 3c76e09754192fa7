import assert from "node:assert/strict";
import { newKeyring, startApp } from "../support/app.ts";
import { counted, eventsAbout, from } from "../support/callers.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { within } from "../support/eventually.ts";
import {
  addTotp,
  challengeOf,
  proveFactor,
  regenerateCodes,
  removeFactor,
  renameFactor,
  resetFactors,
  startStepUp,
  totpAt,
} from "../support/factors.ts";
import { subscribe } from "../support/live.ts";
import { addPasskey, newAuthenticator } from "../support/passkeys.ts";
import { mutate, newPerson } from "../support/people.ts";
import { barrier, lockedRow, wide } from "../support/races.ts";

const RACERS = 100;
const UNLIMITED = { LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR: "1000" };

onEachDatabase("of 100 parallel right answers to one challenge, one signs in", async (database) => {
  await using app = await startApp({ database, env: UNLIMITED });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const { id } = await challengeOf(app, ada.username);
  const totp = totpAt(app, secret);
  const answers = await Promise.all(Array.from({ length: RACERS }, () => proveFactor(app, id, { totp })));
  assert.deepEqual(counted(answers), { SignedIn: 1, SECOND_FACTOR_REJECTED: RACERS - 1 });
});

onPostgres("two instances accept a code once, in two challenges at the same time", async (database) => {
  const keys = newKeyring();
  await using one = await startApp({ database: wide(database, 2), keys });
  await using two = await startApp({ database, keys });
  const ada = await newPerson(one);
  const { secret } = await addTotp(one, ada.accessToken);
  const challenges = [await challengeOf(one, ada.username), await challengeOf(two, ada.username)];
  const totp = totpAt(one, secret);
  // As the first one's clock, which `addTotp` has moved.
  two.clock.advance(60);
  const { opened } = await barrier(one.services.db, lockedRow("users", ada.id), 2);
  const answers = await Promise.all([
    proveFactor(one, challenges[0]?.id ?? "", { totp }),
    proveFactor(two, challenges[1]?.id ?? "", { totp }),
    opened,
  ]);
  assert.deepEqual(counted(answers.slice(0, 2) as { __typename: string }[]), {
    SignedIn: 1,
    SECOND_FACTOR_REJECTED: 1,
  });
});

onPglite("a stranger who uses up the tries does not lock out the owner's known network", async (database) => {
  await using app = await startApp({ database });
  const [home, elsewhere] = [from(app, "203.0.113.7"), from(app, "198.51.100.66")];
  const ada = await newPerson(home);
  const { secret } = await addTotp({ ...app, ...home }, ada.accessToken);
  const wrong = totpAt(app, secret, 40);
  for (let count = 0; count < 3; count++) {
    const { id } = await challengeOf(elsewhere, ada.username);
    for (let left = 0; left < 5; left++) await proveFactor(elsewhere, id, { totp: wrong });
  }
  const right = async (client: typeof home) => {
    const { id } = await challengeOf(client, ada.username);
    return await proveFactor(client, id, { totp: totpAt(app, secret) });
  };
  assert.equal((await right(elsewhere)).code, "RATE_LIMITED");
  assert.equal((await right(home)).__typename, "SignedIn");
});

onPglite("a challenge ends after ten minutes, and needs its own key", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const [first, second] = [await challengeOf(app, ada.username), await challengeOf(app, ada.username)];
  const [plain = "", key = ""] = first.id.split(".");
  const others = `${plain}.${second.id.split(".")[1]}`;
  for (const id of [plain, `${plain}.`, others, `${plain}.${key.slice(1)}`]) {
    for (const token of [undefined, ada.accessToken]) {
      const answer = await proveFactor(app, id, { totp: totpAt(app, secret) }, { ...(token && { token }) });
      assert.equal(answer.code, "SECOND_FACTOR_REJECTED", id);
    }
  }
  app.clock.advance(9 * 60);
  const { session } = await proveFactor(app, first.id, { totp: totpAt(app, secret) });
  assert.equal(session.assurance, "MULTI", "they used no attempt and no code");
  app.clock.advance(2 * 60);
  assert.equal(
    (await proveFactor(app, second.id, { totp: totpAt(app, secret) })).code,
    "SECOND_FACTOR_REJECTED",
  );
});

onPglite("the client that holds the key, and operators, follow a challenge live", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const { id } = await challengeOf(app, ada.username);
  const [plain = ""] = id.split(".");
  const WATCH =
    `subscription ($id: ID!) { flow(id: $id) { status ... on SecondFactorFlow { attemptsLeft } } }`;
  const holder = await subscribe(app.fetch, WATCH, { variables: { id } });
  const operator = await subscribe(app.fetch, WATCH, {
    variables: { id: plain },
    token: await app.operatorToken("READ"),
  });
  const stranger = await subscribe(app.fetch, WATCH, { variables: { id: plain } });
  assert.ok((await stranger.refusal()).length > 0);
  const seen = async () => [(await holder.value())["flow"], (await operator.value())["flow"]];
  const both = (value: object) => [value, value];
  assert.deepEqual(await within("the start", seen()), both({ status: "WAITING", attemptsLeft: 5 }));
  await proveFactor(app, id, { totp: totpAt(app, secret, 40) });
  assert.deepEqual(await within("a wrong code", seen()), both({ status: "WAITING", attemptsLeft: 4 }));
  await proveFactor(app, id, { totp: totpAt(app, secret) });
  assert.deepEqual(await within("the right code", seen()), both({ status: "SUCCEEDED", attemptsLeft: 0 }));
  await Promise.all([holder.leave(), operator.leave(), stranger.leave()]);
});

onPglite("an authenticator removed, or a user deleted, while a challenge is open", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const lost = await addTotp(app, ada.accessToken);
  const kept = await addTotp(app, ada.accessToken);
  const { id } = await challengeOf(app, ada.username);
  assert.equal((await removeFactor(app, ada.accessToken, lost.factor.id)).__typename, "Done");
  assert.equal(
    (await proveFactor(app, id, { totp: totpAt(app, lost.secret) })).code,
    "SECOND_FACTOR_REJECTED",
  );
  assert.equal((await proveFactor(app, id, { totp: totpAt(app, kept.secret) })).__typename, "SignedIn");

  app.clock.advance(60);
  const last = await challengeOf(app, ada.username);
  const remove = "mutation ($userId: ID!) { deleteUser(userId: $userId) { __typename } }";
  await mutate(app, remove, { token: await app.operatorToken("OPERATE"), variables: { userId: ada.id } });
  const late = await proveFactor(app, last.id, { totp: totpAt(app, kept.secret) });
  assert.equal(late.code, "SECOND_FACTOR_REJECTED");
});

onPglite("after the server's clock was moved back, used codes stay used", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret, recoveryCodes: [recoveryCode = ""] } = await addTotp(app, ada.accessToken);
  const prove = async (proof: object) => {
    const { id } = await challengeOf(app, ada.username);
    return await proveFactor(app, id, proof);
  };
  assert.equal((await prove({ totp: totpAt(app, secret) })).__typename, "SignedIn");
  app.clock.advance(-120);
  assert.equal((await prove({ totp: totpAt(app, secret) })).code, "SECOND_FACTOR_REJECTED");
  assert.equal((await prove({ totp: totpAt(app, secret, 4) })).code, "SECOND_FACTOR_REJECTED");
  assert.equal((await prove({ recoveryCode })).__typename, "SignedIn");
  app.clock.advance(180);
  assert.equal((await prove({ totp: totpAt(app, secret) })).__typename, "SignedIn");
});

onPglite("every change and use of factors is an event of the user", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret, factor, recoveryCodes } = await addTotp(app, ada.accessToken);
  const { factor: passkey } = await addPasskey(app, ada.accessToken, newAuthenticator());
  await renameFactor(app, ada.accessToken, factor.id, "Phone");
  await removeFactor(app, ada.accessToken, passkey.id);
  const { challenge } = await startStepUp(app, ada.accessToken);
  await proveFactor(app, challenge.id, { totp: totpAt(app, secret, 40) }, { token: ada.accessToken });
  await proveFactor(app, challenge.id, { totp: totpAt(app, secret) }, { token: ada.accessToken });
  const { id } = await challengeOf(app, ada.username);
  await proveFactor(app, id, { recoveryCode: recoveryCodes[0] ?? "" });
  await regenerateCodes(app, ada.accessToken);
  await resetFactors(app, await app.operatorToken("OPERATE"), ada.id);
  const events = (await eventsAbout(app, ada.id)).filter(({ type }) => /factor|recovery|step_up/.test(type));
  assert.deepEqual(events.map(({ type, data }) => [type, data["kind"] ?? data["count"] ?? data["left"]]), [
    ["factor.added", "TOTP"],
    ["recovery_codes.generated", 10],
    ["factor.added", "PASSKEY"],
    ["factor.renamed", "TOTP"],
    ["factor.removed", "PASSKEY"],
    ["factor.rejected", "TOTP"],
    ["factor.used", "TOTP"],
    ["step_up.succeeded", "TOTP"],
    ["recovery_code.used", 9],
    ["factor.used", "RECOVERY_CODES"],
    ["recovery_codes.generated", 10],
    ["factors.reset", 2],
  ]);
});
