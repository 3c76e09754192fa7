import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { eventsAbout, from, mailedToken, requestReset } from "../support/callers.ts";
import { codeFor, verifyCode, wrongCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { causeOf, diagnosisOf } from "../support/diagnoses.ts";
import { eventually } from "../support/eventually.ts";
import { mutate, newPerson, signIn } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";

/** The events about an address that its owner did not cause while signed in. */
const OF_ADDRESS = [
  "email_code.rejected",
  "email_code.requested",
  "email_code.sent",
  "flow.changed",
  "flow.started",
  "mail.queued",
  "mail.requested",
  "mail.sent",
  "password.reset_requested",
];

onEachDatabase(
  "events about codes, mails, links and their flows have the user with the verified address",
  async (database) => {
    await using app = await startApp({ database });
    const eve = await newPerson(app);
    const { id, email } = await newProvenPerson(app);
    const claimed = "claimed@example.test";
    await app.services.db.updateTable("users").set({ email: claimed, email_key: claimed })
      .where("id", "=", eve.id).execute();
    const before = (await eventsAbout(app, eve.id)).length;
    const known = (await eventsAbout(app, id)).length;
    app.clock.advance(61);
    for (const address of [email, claimed]) {
      const { id: flowId, code } = await codeFor(app, address);
      await verifyCode(app, flowId, wrongCode(code));
      await requestReset(app, address);
    }
    await mailedToken(app, email);
    await eventually("the events are in the log", async () => {
      const types = (await eventsAbout(app, id)).slice(known).map(({ type }) => type);
      return JSON.stringify([...new Set(types)].toSorted()) === JSON.stringify(OF_ADDRESS);
    });
    assert.equal((await eventsAbout(app, eve.id)).length, before);
  },
);

onPglite("a username can look like a client address or the id of a request", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "2" } });
  for (const username of ["203.0.113.9", "0af7651916cd43dd8448eb211c80319c", "req_0123456789ab"]) {
    const { id } = await newPerson(app, username);
    await signIn(from(app, "203.0.113.7"), username, "wrong password");
    assert.match((await causeOf(app, username, "WRONG_PASSWORD")).cause, /once from 203\.0\.113\.7/);
    for (let count = 0; count < 2; count++) await signIn(app, username, "wrong password");
    const { subject, user } = await diagnosisOf(app, username);
    assert.match(subject, new RegExp(`^(client address|request) (\\S+) and username \\2$`));
    assert.equal(user?.id, id);
    const token = await app.operatorToken("OPERATE");
    await mutate(app, `mutation { clearLimits(identifier: "${username}") { __typename } }`, { token });
    assert.equal((await signIn(app, username)).__typename, "SignedIn");
  }
});

onPglite(
  "a limit of a client address is found by the address, also if names were typed",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES: "2" } });
    const near = from(app, "203.0.113.7");
    for (const name of ["ada", "bob", "eve"]) await signIn(near, name);
    await causeOf(app, "203.0.113.7", "LIMIT_REACHED");
  },
);
