import assert from "node:assert/strict";
import { invalidGrant, serverError } from "../../../src/emulators/google/switches.ts";
import { graphql } from "../../../src/client/operator/graphql.ts";
import { newId } from "../../../src/lib/ids.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { movableClock, newKeyring, startApp } from "../../support/app.ts";
import { eventsOf, reveal } from "../../support/credentials.ts";
import { guest } from "../../support/codes.ts";
import { onEachDatabase, onPglite, onPostgres } from "../../support/databases.ts";
import { times } from "../../support/eventually.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  access,
  accessToken,
  CALENDAR,
  clientOf,
  connectGoogle,
  DRIVE,
  importGoogle,
  newConnected,
} from "../../support/google_credentials.ts";
import { startGoogleEmulator } from "../../../src/emulators/google/google_emulator.ts";
import { start, tryToStart } from "../../support/google_flows.ts";
import { newPerson, signedIn } from "../../support/people.ts";
import { codeOf } from "../../support/modal_flows.ts";

const Status = graphql("query Status { googleAuthStatus { authenticated tokenValid needsReauth } }");

onEachDatabase("googleAccess returns the stored token without a call to Google", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const client = await clientOf(app, person);
  const answer = await access(client, [CALENDAR, "email"]);
  assert(answer.__typename === "GoogleAccess", JSON.stringify(answer));
  assert.deepEqual(answer, {
    __typename: "GoogleAccess",
    accessToken: credential.accessToken,
    expiresAt: credential.expiresAt?.toISOString(),
    scopes: ["openid", "email", CALENDAR],
  });
  assert.equal(app.google.calls.refreshes, 0);
});

onEachDatabase("googleAccess returns only the caller's own tokens", async (database) => {
  await using app = await startGoogleApp({ database });
  await newConnected(app);
  assert.equal(codeOf(await access(app.client())), "UNAUTHENTICATED");
  const { tokens } = await guest(app);
  assert.equal(codeOf(await access(app.client(tokens.accessToken))), "FORBIDDEN");
  const stranger = await access(await clientOf(app, await newPerson(app)));
  assert.equal(codeOf(stranger), "REAUTHORIZATION_REQUIRED");
  for (const role of ["READ", "OPERATE"] as const) {
    assert.equal(codeOf(await access(await app.operator(role))), "FORBIDDEN", role);
  }
  assert.equal(codeOf(await access(await app.operator("REVEAL"))), "REAUTHORIZATION_REQUIRED");
  const operators = await connectGoogle(app, null, { email: "team@gmail.test" });
  assert.equal(await accessToken(await app.operator("REVEAL")), operators.accessToken);
});

onEachDatabase(
  "R54: an operator without the role REVEAL cannot connect an account that others get tokens of",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { refreshToken } = await app.google.grant("mallory@gmail.test", [CALENDAR]);
    for (const role of ["READ", "OPERATE"] as const) {
      const token = await app.operatorToken(role);
      assert.equal((await tryToStart(app, {}, { token })).code, "FORBIDDEN", role);
      assert.equal(codeOf(await importGoogle(app.client(token), { refreshToken })), "FORBIDDEN", role);
    }
    assert.equal(app.google.calls.refreshes, 0);
    const revealing = await app.operator("REVEAL");
    assert.equal(codeOf(await access(revealing)), "REAUTHORIZATION_REQUIRED");
    assert.equal((await importGoogle(revealing, { refreshToken })).__typename, "CredentialChanged");
    assert.notEqual(await accessToken(revealing), "");
  },
);

onEachDatabase(
  "ReauthorizationRequired has the URL to connect and names the missing scopes",
  async (database) => {
    await using app = await startGoogleApp({ database, env: { PUBLIC_URL: "https://auth.example.test" } });
    const person = await newPerson(app);
    const client = await clientOf(app, person);
    const authorizationUrl = "https://auth.example.test/connect/google";
    const nothing = await access(client);
    assert(nothing.__typename === "ReauthorizationRequiredError", JSON.stringify(nothing));
    assert.deepEqual({ ...nothing, message: "" }, {
      __typename: "ReauthorizationRequiredError",
      code: "REAUTHORIZATION_REQUIRED",
      message: "",
      actionRequired: "Connect Google again",
      authorizationUrl,
      retryAfterSeconds: null,
    });
    await connectGoogle(app, person.id);
    const missing = await access(client, [CALENDAR, DRIVE]);
    assert(missing.__typename === "ReauthorizationRequiredError", JSON.stringify(missing));
    assert.equal(missing.authorizationUrl, authorizationUrl);
    assert(missing.message.includes(DRIVE) && !missing.message.includes(CALENDAR), missing.message);
    const long = await access(client, Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(200, "x")));
    assert("message" in long && long.message.length <= 200, JSON.stringify(long));
    assert.deepEqual(app.google.calls.refreshes, 0, "Google was asked");
    assert.equal(codeOf(await access(client, ["a b"])), "INVALID_INPUT");
    assert.equal(codeOf(await access(client, Array(51).fill(CALENDAR))), "INVALID_INPUT");
  },
);

onEachDatabase("without a Google client the error is GOOGLE_NOT_CONFIGURED", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await newPerson(app);
  assert.equal(codeOf(await access(app.client(accessToken))), "GOOGLE_NOT_CONFIGURED");
});

onEachDatabase("of several accounts, the newest valid one with the scopes is used", async (database) => {
  await using app = await startGoogleApp({ database });
  const person = await newPerson(app);
  const client = await clientOf(app, person);
  const old = await connectGoogle(app, person.id, { email: "one@gmail.test", scopes: [CALENDAR, DRIVE] });
  const mid = await connectGoogle(app, person.id, { email: "two@gmail.test" });
  assert.equal(await accessToken(client), mid.accessToken);
  assert.equal(await accessToken(client, [DRIVE]), old.accessToken);
  app.google.switches.faults = [serverError("token", 1_000)];
  const short = await connectGoogle(app, person.id, { email: "three@gmail.test", lifeSeconds: 100 });
  assert.equal(await accessToken(client), short.accessToken);
  app.clock.advance(101);
  assert.equal(await accessToken(client), mid.accessToken, "a valid token is preferred to an expired one");
});

onEachDatabase("any number of revoked grants does not hide a working one", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app, { scopes: ["openid", "email", DRIVE] });
  const { db } = app.services;
  const row = await db.selectFrom("credentials").selectAll().executeTakeFirstOrThrow();
  const revoked = { ...row, revoked_at: app.clock.now(), refresh_at: null, sealed: null, root_key_id: null };
  const rows = Array.from({ length: 101 }, () => ({ ...revoked, id: newId("crd") }));
  await db.insertInto("credentials").values(rows).execute();
  const client = await clientOf(app, person);
  assert.equal(await accessToken(client), credential.accessToken);
  const { googleAuthStatus } = await client.request(Status, {});
  assert.deepEqual(googleAuthStatus, { authenticated: true, tokenValid: true, needsReauth: false });
  const { authorizationUrl } = await start(app, {
    token: (await signedIn(app, person.username)).accessToken,
  });
  const { searchParams } = new URL(authorizationUrl);
  assert.deepEqual([searchParams.get("scope"), searchParams.get("prompt")], [`openid email ${DRIVE}`, null]);
});

onEachDatabase("R31: an account connected again keeps its id and refresh token", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const again = await connectGoogle(app, person.id, { withoutRefreshToken: true, scopes: [DRIVE] });
  assert.equal(again.id, credential.id);
  assert.deepEqual(again.scopes, [DRIVE]);
  assert.equal(again.hasRefreshToken, true);
  const revealed = await reveal(await clientOf(app, person), credential.id);
  assert(revealed.__typename === "RevealedCredential", JSON.stringify(revealed));
  assert.deepEqual(revealed.secret, {
    accessToken: again.accessToken,
    refreshToken: credential.refreshToken,
    expiresAt: again.expiresAt?.toISOString(),
  });
  const others = await connectGoogle(app, (await newPerson(app)).id);
  assert.notEqual(others.id, credential.id, "each user has their own credential for an account");
});

onEachDatabase("an expired access token is refreshed when it is used", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  app.clock.advance(3600);
  const client = await clientOf(app, person);
  const token = await accessToken(client);
  assert.notEqual(token, credential.accessToken);
  assert.equal(await accessToken(client), token);
  assert.equal(app.google.calls.refreshes, 1);
  const types = (await eventsOf(app, client, credential.id)).map(({ type }) => type);
  assert(types.includes("credential.refreshed"), types.join());
});

onPglite(
  "an access token that expires within a minute is refreshed before it is returned",
  async (database) => {
    await using app = await startGoogleApp({ database, sweepsAlone: true });
    const { person, credential } = await newConnected(app, { lifeSeconds: 3600 });
    app.clock.advance(3600 - 120);
    assert.equal(await accessToken(await clientOf(app, person)), credential.accessToken);
    app.clock.advance(70);
    assert.notEqual(await accessToken(await clientOf(app, person)), credential.accessToken);
    assert.equal(app.google.calls.refreshes, 1);
  },
);

onPglite("a scope that Google drops at a refresh needs a new authorization", async (database) => {
  await using app = await startGoogleApp({ database, sweepsAlone: true });
  const { person } = await newConnected(app, { scopes: ["openid", CALENDAR, DRIVE] });
  app.google.switches.tokenAnswer = { scope: `openid ${DRIVE}` };
  app.clock.advance(3600);
  const answer = await access(await clientOf(app, person), [CALENDAR]);
  assert(answer.__typename === "ReauthorizationRequiredError", JSON.stringify(answer));
  assert(answer.message.includes(CALENDAR), answer.message);
  assert.equal(app.google.calls.refreshes, 1);
});

onEachDatabase("a revoked grant fails with the URL to connect again", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  app.google.switches.faults = [invalidGrant(1)];
  app.clock.advance(3600);
  const client = await clientOf(app, person);
  for (const _ of ["at first", "later"]) {
    const answer = await access(client);
    assert(answer.__typename === "ReauthorizationRequiredError", JSON.stringify(answer));
    assert.match(answer.authorizationUrl ?? "", /\/connect\/google$/);
  }
  assert.equal(app.google.calls.refreshes, 1, "no second refresh");
  const failed = (await eventsOf(app, client, credential.id)).find(({ type }) =>
    type === "credential.refresh_failed"
  );
  assert.equal((failed?.data as { final?: boolean }).final, true);
});

onEachDatabase("a revoked account falls back to another one", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app, { email: "one@gmail.test" });
  const newest = await connectGoogle(app, person.id, { email: "two@gmail.test" });
  await app.services.google.revoke(new Secret(newest.refreshToken));
  app.clock.advance(3600);
  const client = await clientOf(app, person);
  const token = await accessToken(client);
  assert.ok(![credential.accessToken, newest.accessToken].includes(token));
  await app.services.google.revoke(new Secret(credential.refreshToken));
  app.clock.advance(3600);
  assert.equal(codeOf(await access(await clientOf(app, person))), "REAUTHORIZATION_REQUIRED");
});

onPostgres("200 parallel uses of an expired token on two instances cause one refresh", async (database) => {
  await using google = await startGoogleEmulator();
  google.switches.delayMs = 200;
  const shared = { database, google, clock: movableClock(), keys: newKeyring() };
  await using one = await startGoogleApp(shared);
  await using other = await startGoogleApp(shared);
  const { person, credential } = await newConnected(one);
  shared.clock.advance(3600);
  const clients = [await clientOf(one, person), await clientOf(other, person)];
  const tokens = await times(200, (index) => accessToken(clients[index % 2]!));
  assert.equal(google.calls.refreshes, 1);
  assert.equal(new Set(tokens).size, 1);
  assert.notEqual(tokens[0], credential.accessToken);
});
