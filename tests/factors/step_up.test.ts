import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { startApp } from "../support/app.ts";
import { eventsAbout } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  proveFactor,
  regenerateCodes,
  removeFactor,
  signInFirst,
  startStepUp,
  startTotp,
  totpAt,
} from "../support/factors.ts";
import { guest } from "../support/codes.ts";
import { newPerson, refresh, viewerOf } from "../support/people.ts";
import { addPasskey, newAuthenticator, ORIGIN, passkeyOptions } from "../support/passkeys.ts";
import { sessionsOf } from "../support/sessions.ts";

onEachDatabase("a step-up raises the same session, which keeps its refresh token", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret, factor } = await addTotp(app, ada.accessToken);
  app.clock.advance(601);
  assert.equal((await removeFactor(app, ada.accessToken, factor.id)).code, "STEP_UP_REQUIRED");
  const { challenge } = await startStepUp(app, ada.accessToken);
  assert.deepEqual(challenge.factors, ["TOTP", "RECOVERY_CODES"]);
  const raised = await proveFactor(app, challenge.id, { totp: totpAt(app, secret) }, {
    token: ada.accessToken,
  });
  assert.equal(raised.__typename, "SignedIn", JSON.stringify(raised));
  assert.equal(raised.session.id, ada.sessionId);
  assert.equal(raised.tokens.refreshToken, ada.refreshToken);
  const claims = decodeJwt(raised.tokens.accessToken);
  assert.equal(claims["auth_time"], Math.floor(Date.parse(raised.session.authenticatedAt) / 1000));
  const age = app.clock.now().getTime() - Date.parse(raised.session.authenticatedAt);
  assert.ok(age < 600_000, "the proof is newer than the step-up");
  assert.equal(claims["acr"], "urn:sallyport:multi");
  assert.equal((await sessionsOf(app, raised.tokens.accessToken)).length, 1);
  // The session is raised in the database: an older access token of the same session is enough.
  assert.equal((await regenerateCodes(app, ada.accessToken)).__typename, "RecoveryCodes");
  const renewed = await refresh(app, raised.tokens.refreshToken);
  assert.equal(decodeJwt(renewed.tokens.accessToken)["acr"], "urn:sallyport:multi");
  const types = (await eventsAbout(app, ada.id)).map(({ type }) => type);
  assert.ok(types.includes("step_up.succeeded"));
  assert.equal((await removeFactor(app, raised.tokens.accessToken, factor.id)).__typename, "Done");
  assert.equal((await signInFirst(app, ada.username)).__typename, "SignedIn");
});

onPglite("a step-up works only in the session that began it", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const second = await challengeOf(app, ada.username);
  const { tokens: other } = await proveFactor(app, second.id, { totp: totpAt(app, secret) });
  app.clock.advance(60);
  const { challenge } = await startStepUp(app, ada.accessToken);
  const totp = totpAt(app, secret);
  for (const sent of [{}, { token: other.accessToken }, { token: (await newPerson(app)).accessToken }]) {
    assert.equal((await proveFactor(app, challenge.id, { totp }, sent)).code, "SECOND_FACTOR_REJECTED");
  }
  const own = await proveFactor(app, challenge.id, { totp }, { token: ada.accessToken });
  assert.equal(own.__typename, "SignedIn");
  assert.equal((await sessionsOf(app, own.tokens.accessToken)).length, 2);
});

onPglite("without factors, an older sign-in must sign in again, and guests add none", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  app.clock.advance(601);
  const stale = await startTotp(app, ada.accessToken);
  assert.equal(stale.code, "STEP_UP_REQUIRED");
  assert.equal((stale as unknown as { actionRequired: string }).actionRequired, "Sign in again");
  assert.equal((await startStepUp(app, ada.accessToken)).code, "FACTOR_NOT_FOUND");
  const visitor = await guest(app);
  assert.equal((await startTotp(app, visitor.tokens.accessToken)).code, "FORBIDDEN");
});

onPglite("a guest who signs in with a second factor is merged after it, not before", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const visitor = await guest(app);
  const sent = { token: visitor.tokens.accessToken };
  const { id } = await challengeOf(app, ada.username, sent);
  assert.notEqual((await viewerOf(app, visitor.tokens.accessToken)) ?? "still there", null);
  const { data } = await (await app.fetch(
    new Request("http://127.0.0.1/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${sent.token}` },
      body: JSON.stringify({ query: "{ viewer { id } }" }),
    }),
  )).json();
  assert.equal(data.viewer.id, visitor.user.id);
  assert.equal((await proveFactor(app, id, { totp: totpAt(app, secret) }, sent)).__typename, "SignedIn");
  assert.ok((await eventsAbout(app, ada.id)).some(({ type }) => type === "guest.merged"));
});

onPglite("a user disabled or changed meanwhile gets no session", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { secret } = await addTotp(app, ada.accessToken);
  const first = await challengeOf(app, ada.username);
  await app.services.db.updateTable("users").set({ password_hash: "changed" }).where("id", "=", ada.id)
    .execute();
  const changed = await proveFactor(app, first.id, { totp: totpAt(app, secret) });
  assert.equal(changed.code, "SECOND_FACTOR_REJECTED");
  const bob = await newPerson(app);
  const bobs = await addTotp(app, bob.accessToken);
  const second = await challengeOf(app, bob.username);
  await app.services.db.updateTable("users").set({ disabled_at: app.clock.now() }).where("id", "=", bob.id)
    .execute();
  const disabled = await proveFactor(app, second.id, { totp: totpAt(app, bobs.secret) });
  assert.equal(disabled.code, "ACCOUNT_DISABLED");
});

onPglite("a fresh code of an authenticator is not enough for a user with a passkey", async (database) => {
  await using app = await startApp({ database });
  const { username, accessToken } = await newPerson(app);
  const { secret } = await addTotp(app, accessToken);
  const authenticator = newAuthenticator();
  await addPasskey(app, accessToken, authenticator);
  const { id } = await challengeOf(app, username);
  const { tokens: { accessToken: token } } = await proveFactor(app, id, { totp: totpAt(app, secret) });
  assert.equal((await regenerateCodes(app, token)).code, "STEP_UP_REQUIRED");
  const { challenge } = await startStepUp(app, token);
  const passkey = authenticator.get(await passkeyOptions(app, challenge.id), ORIGIN);
  await proveFactor(app, challenge.id, { passkey }, { token });
  assert.equal((await regenerateCodes(app, token)).__typename, "RecoveryCodes");
});
