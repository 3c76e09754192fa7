import assert from "node:assert/strict";
import { serverError } from "../../../src/emulators/google/switches.ts";
import { onEachDatabase } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  access,
  CALENDAR,
  clientOf,
  connectGoogle,
  type GoogleApp,
  importGoogle,
} from "../../support/google_credentials.ts";
import { goTo, JSON_PLEASE, newVisitor, refusalOf, returnOf, start } from "../../support/google_flows.ts";
import { newPerson } from "../../support/people.ts";
import { post } from "../../support/wire.ts";

type Visitor = Awaited<ReturnType<typeof newVisitor>>;

const cancel = (visitor: Visitor, id: string) =>
  post(visitor, "mutation ($id: ID!) { cancelFlow(id: $id) { __typename } }", { variables: { id } });

const signOut = (visitor: Visitor) => post(visitor, "mutation { signOut { __typename } }");

/**
 * Returns the error code of a browser's return if `meanwhile` runs after Google has granted and before the grant is
 * stored.
 */
async function comeBack(
  app: GoogleApp,
  visitor: Visitor,
  meanwhile: (visitor: Visitor, flowId: string) => Promise<unknown>,
) {
  const started = await start(visitor, {});
  const { google } = app.services;
  const { exchangeCode } = google;
  google.exchangeCode = async (input) => {
    const tokens = await exchangeCode(input);
    await meanwhile(visitor, started.flow.id);
    return tokens;
  };
  const refusal = await refusalOf(await goTo(visitor, await returnOf(started), JSON_PLEASE));
  google.exchangeCode = exchangeCode;
  return refusal.code;
}

onEachDatabase("a grant that could not be stored is revoked at Google", async (database) => {
  await using app = await startGoogleApp({ database });
  const revoked: string[] = [];
  const { revoke } = app.services.google;
  app.services.google.revoke = (token) => (revoked.push(token.reveal()), revoke(token));
  assert.equal(await comeBack(app, await newVisitor(app), cancel), "FLOW_ENDED");
  assert.equal(await comeBack(app, await newVisitor(app), signOut), "UNAUTHENTICATED");
  const refreshTokens = app.google.secrets().filter((secret) => secret.startsWith("1//"));
  assert.equal(refreshTokens.length, 2);
  assert.deepEqual(revoked, refreshTokens);

  app.google.switches.faults = [serverError("revocation", 1)];
  assert.equal(
    await comeBack(app, await newVisitor(app), cancel),
    "FLOW_ENDED",
    "a failed revocation changes nothing",
  );
  assert.equal(app.google.calls.revocations, 3);
});

onEachDatabase("a grant is not revoked if that could revoke stored tokens too", async (database) => {
  await using app = await startGoogleApp({ database });
  const other = await newPerson(app);
  const connected = await connectGoogle(app, other.id, { email: "ada@example.com" });
  assert.equal(await comeBack(app, await newVisitor(app), cancel), "FLOW_ENDED");
  assert.equal(app.google.calls.revocations, 0, "another user has connected the same account");
  const client = await clientOf(app, other);
  assert.equal((await access(client)).__typename, "GoogleAccess");
  const { db, now } = app.services;
  await db.updateTable("credentials").set({ revoked_at: now() }).where("id", "=", connected.id).execute();

  const { refreshToken } = await app.google.grant("who@gmail.test", [CALENDAR]);
  assert.equal((await importGoogle(client, { refreshToken })).__typename, "CredentialChanged");
  assert.equal(await comeBack(app, await newVisitor(app), cancel), "FLOW_ENDED");
  assert.equal(app.google.calls.revocations, 0, "the account of the imported tokens is unknown");
  await db.updateTable("credentials").set({ revoked_at: now() }).execute();
  assert.equal(await comeBack(app, await newVisitor(app), cancel), "FLOW_ENDED");
  assert.equal(app.google.calls.revocations, 1);
});
