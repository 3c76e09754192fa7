import assert from "node:assert/strict";
import { serverError } from "../../../src/emulators/google/switches.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { eventsOf, revoke } from "../../support/credentials.ts";
import { onEachDatabase } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { startGoogleApp } from "../../support/google.ts";
import { clientOf, connectGoogle, type GoogleApp, newConnected } from "../../support/google_credentials.ts";
import { mutate } from "../../support/people.ts";
import { post } from "../../support/wire.ts";

async function deleteUser(app: GoogleApp, id: string): Promise<string> {
  const { message } = await mutate<{ message: string }>(
    app,
    `mutation ($id: ID!) { deleteUser(userId: $id) { __typename ... on Done { message } } }`,
    { token: await app.operatorToken("OPERATE"), variables: { id } },
  );
  return message;
}

/** Whether Google still accepts the refresh token. */
async function works(app: GoogleApp, refreshToken: string): Promise<boolean> {
  return await app.services.google.refresh(new Secret(refreshToken)).then(() => true, () => false);
}

onEachDatabase(
  "deleting a user revokes their grants at Google, or the operator learns that it failed",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const [gone, other] = [await newConnected(app), await newConnected(app, { email: "other@gmail.test" })];
    const second = await connectGoogle(app, gone.person.id, { email: "second@gmail.test" });
    assert.equal(await deleteUser(app, gone.person.id), "Deleted");
    const tokens = [gone.credential, second, other.credential].map(({ refreshToken }) => refreshToken);
    assert.deepEqual(await Promise.all(tokens.map((token) => works(app, token))), [false, false, true]);

    app.google.switches.faults = [serverError("revocation", 1)];
    assert.equal(
      await deleteUser(app, other.person.id),
      "Deleted, but 1 of the user's Google grants could not be revoked: the user can do so at https://myaccount.google.com/permissions",
    );
    const token = await app.operatorToken("READ");
    const { data, text } = await post(app, `{ credentials { nodes { id } } users { nodes { id } } }`, {
      token,
    });
    assert.deepEqual(data, { credentials: { nodes: [] }, users: { nodes: [] } }, text);
    await app.services.eventLog.settled();
    const events = await post(app, `{ events(last: 9, types: ["user.deleted"]) { nodes { data } } }`, {
      token,
    });
    assert.deepEqual(events.data?.["events"], {
      nodes: [{ data: { grantsLeft: 0 } }, { data: { grantsLeft: 1 } }],
    });
  },
);

onEachDatabase("deleting a user revokes all of their grants, even more than a page", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person } = await newConnected(app);
  for (let n = 1; n < 120; n++) await connectGoogle(app, person.id, { email: `ada${n}@gmail.test` });
  const { google } = app.services;
  let [calls, parallel, maximum] = [0, 0, 0];
  const real = google.revoke;
  google.revoke = async (token) => {
    calls++;
    maximum = Math.max(maximum, ++parallel);
    return await real(token).finally(() => parallel--);
  };
  assert.equal(await deleteUser(app, person.id), "Deleted");
  assert.equal(calls, 120);
  assert.ok(maximum <= 10, `${maximum} in parallel`);
});

onEachDatabase(
  "a slow Google does not delay a deletion, and the operator learns how many grants remain",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { person } = await newConnected(app);
    for (let n = 1; n < 60; n++) await connectGoogle(app, person.id, { email: `ada${n}@gmail.test` });
    const { google } = app.services;
    let calls = 0;
    google.revoke = () => {
      // The maximum of parallel calls is reached, and the 20 seconds are over.
      if (++calls === 10) app.clock.advance(20);
      return Promise.resolve("revoked");
    };
    assert.match(await deleteUser(app, person.id), /50 of the user's Google grants could not/);
    assert.equal(calls, 10);
  },
);

onEachDatabase("tokens granted during a revocation are revoked too", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const client = await clientOf(app, person);
  // While Google is slow to answer, the user connects the same account again.
  const answered = Promise.withResolvers<void>();
  const { google } = app.services;
  const asked: string[] = [];
  const real = google.revoke;
  google.revoke = async (token) => {
    asked.push(token.reveal());
    if (asked.length === 1) await answered.promise;
    return await real(token);
  };
  const revoking = revoke(client, credential.id);
  await eventually("Google is asked", () => asked.length === 1);
  const again = await connectGoogle(app, person.id);
  answered.resolve();
  const done = await revoking;
  assert(done.__typename === "CredentialChanged", JSON.stringify(done));
  assert.equal(done.credential.health, "REVOKED");
  assert.deepEqual(asked, [credential.refreshToken, again.refreshToken]);
  assert.deepEqual([await works(app, credential.refreshToken), await works(app, again.refreshToken)], [
    false,
    false,
  ]);
  const [event] = (await eventsOf(app, client, credential.id)).filter(({ type }) =>
    type === "credential.revoked"
  );
  assert.deepEqual(event?.data, { provider: "GOOGLE", atProvider: true });
});
