import assert from "node:assert/strict";
import { type FlowState, SallyportError, type SecondFactorFlow } from "../../src/client/sallyport.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { newBrowser } from "../support/browser.ts";
import { nextMail } from "../support/callers.ts";
import { mailedCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { totpAt } from "../support/factors.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, openStorage, signedInClient } from "../support/sallyport_client.ts";
import { newProvenPerson } from "../support/states.ts";

type Options = Parameters<typeof newSallyport>[1];

/** A signed-in client whose user has an authenticator app. */
async function clientWithTotp(app: TestApp, options: Options = {}) {
  const { client, user, username } = await signedInClient(app, options);
  const { id, secret } = await client.startTotpEnrolment();
  const { factor, recoveryCodes } = await client.confirmTotp(id, totpAt(app, secret));
  // Each code is accepted once.
  app.clock.advance(60);
  return { client, user, username, secret, factor, recoveryCodes: recoveryCodes ?? [] };
}

/** Signs in with the password, and returns the challenge. */
async function challengeFor(
  client: ReturnType<typeof newSallyport>,
  name: string,
): Promise<SecondFactorFlow> {
  const { challenge, user, session } = await client.signInWithPassword(name, PASSWORD);
  assert.ok(challenge);
  assert.deepEqual([user, session], [undefined, undefined]);
  return challenge;
}

const refusedWith = (code: string) => (error: unknown) =>
  error instanceof SallyportError && error.code === code;

onPglite("a sign-in returns a challenge, and the proof signs in", async (database) => {
  await using app = await startApp({ database });
  const { client: first, username, secret, recoveryCodes } = await clientWithTotp(app);
  const client = newSallyport(app);
  const { id, factors, attemptsLeft } = await challengeFor(client, username);
  assert.deepEqual([factors, attemptsLeft, client.signedIn], [["TOTP", "RECOVERY_CODES"], 5, false]);

  const seen: FlowState[] = [];
  client.onFlow(id, (state) => seen.push(state));
  const wrong = client.verifySecondFactor(id, { totp: totpAt(app, secret, 40) });
  await assert.rejects(wrong, refusedWith("SECOND_FACTOR_REJECTED"));
  await eventually("one attempt is used", () => seen.at(-1)?.attemptsLeft === 4);

  const { user, session } = await client.verifySecondFactor(id, { totp: totpAt(app, secret) });
  assert.deepEqual([user.username, session.assurance, client.signedIn], [username, "MULTI", true]);
  assert.equal((await client.authState()).user?.username, username);
  await eventually("the flow has ended", () => seen.at(-1)?.status === "SUCCEEDED");

  const other = newSallyport(app);
  const next = await challengeFor(other, username);
  await other.verifySecondFactor(next.id, { recoveryCode: recoveryCodes[0]?.toUpperCase() ?? "" });
  const left = (await other.factors()).find(({ kind }) => kind === "RECOVERY_CODES")?.remaining;
  assert.equal(left, 9);
  for (const each of [first, client, other]) each.close();
});

onPglite("an e-mailed code returns a challenge too, and a cookie session works", async (database) => {
  await using app = await startApp({ database });
  const { email } = await newProvenPerson(app, "ada@example.test");
  const browser = newBrowser(app);
  const options: Options = { transport: "COOKIE", fetch: (request) => browser.fetch(request) };
  const client = newSallyport(app, options);
  app.clock.advance(300);
  const sent = await client.requestEmailCode(email);
  await client.verifyEmailCode(sent.id, await mailedCode(app, email));
  const { id, secret } = await client.startTotpEnrolment();
  await client.confirmTotp(id, totpAt(app, secret));
  assert.equal((await nextMail(app, email)).subject, "A second factor was added");
  await client.signOut();

  app.clock.advance(300);
  const again = await client.requestEmailCode(email);
  const { challenge } = await client.verifyEmailCode(again.id, await mailedCode(app, email));
  assert.ok(challenge);
  assert.equal(client.signedIn, false);
  await client.verifySecondFactor(challenge.id, { totp: totpAt(app, secret) });
  assert.equal((await client.authState()).session?.assurance, "MULTI");
  client.close();
});

onPglite(
  "factors are listed, renamed and removed, and recovery codes are created again",
  async (database) => {
    await using app = await startApp({ database });
    const { client, factor, recoveryCodes } = await clientWithTotp(app);
    assert.equal(recoveryCodes.length, 10);
    assert.equal((await client.renameFactor(factor.id, "Blue phone")).name, "Blue phone");
    const codes = await client.regenerateRecoveryCodes();
    assert.deepEqual(codes.filter((code) => recoveryCodes.includes(code)), []);
    const shown = async () => (await client.factors()).map(({ name, remaining }) => [name, remaining]);
    assert.deepEqual(await shown(), [["Blue phone", null], ["Recovery codes", 10]]);
    await client.removeFactor(factor.id);
    assert.deepEqual(await shown(), []);
    client.close();
    assert.deepEqual(await newSallyport(app).factors(), [], "without a user");
  },
);

onPglite("a step-up proves the factor in the same session, and the action then works", async (database) => {
  await using app = await startApp({ database });
  const { storage, tokens } = openStorage();
  const { client, factor, secret } = await clientWithTotp(app, { storage });
  const changes: boolean[] = [];
  client.onSession((open) => changes.push(open));
  app.clock.advance(11 * 60);
  await assert.rejects(client.removeFactor(factor.id), refusedWith("STEP_UP_REQUIRED"));
  const before = tokens();
  const { id } = await client.startStepUp();
  await client.verifySecondFactor(id, { totp: totpAt(app, secret) });
  assert.notEqual(tokens().accessToken, before.accessToken);
  assert.equal(tokens().refreshToken, before.refreshToken);
  assert.deepEqual(changes, []);
  assert.equal(await client.removeFactor(factor.id), "Removed");

  await assert.rejects(client.startStepUp(), refusedWith("FACTOR_NOT_FOUND"));
  client.close();
});

onPglite("a refresh in another tab during a step-up keeps its newer tokens", async (database) => {
  await using app = await startApp({ database });
  const { storage, expire, tokens } = openStorage();
  const { client, secret, username } = await clientWithTotp(app, { storage });
  const other = newSallyport(app, { storage });
  const { id } = await client.startStepUp();
  let refreshed: string | undefined;
  const delayed = newSallyport(app, {
    storage,
    fetch: async (request) => {
      const isProof = (await request.clone().text()).includes("verifySecondFactor");
      const answer = await app.fetch(request);
      if (!isProof) return answer;
      expire();
      await other.accessToken();
      refreshed = tokens().refreshToken;
      return answer;
    },
  });
  await delayed.verifySecondFactor(id, { totp: totpAt(app, secret) });
  assert.ok(refreshed);
  assert.equal(tokens().refreshToken, refreshed);
  // After the time in which a repeated refresh gets the same tokens.
  app.clock.advance(60);
  expire();
  assert.equal((await client.authState()).user?.username, username);
  for (const each of [client, other, delayed]) each.close();
});
