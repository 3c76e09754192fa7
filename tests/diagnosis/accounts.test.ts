import assert from "node:assert/strict";
import { refusedForNow } from "../../src/emulators/mail/switches.ts";
import { SESSION_COOKIES } from "../../src/http/session_cookie.ts";
import { crafted, seconds } from "../support/crafted_tokens.ts";
import { startApp } from "../support/app.ts";
import { from, heldHash, mailedToken, requestReset, resetPassword, setDisabled } from "../support/callers.ts";
import { guest, requestCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { causeOf, diagnosisOf } from "../support/diagnoses.ts";
import { mutate, newPerson, PASSWORD, refresh, register, signIn } from "../support/people.ts";
import { newProvenPerson, transition } from "../support/states.ts";
import { post } from "../support/wire.ts";

onEachDatabase("NO_SUCH_ACCOUNT: no account has the name, and one has a similar name", async (database) => {
  await using app = await startApp({ database });
  await newPerson(app, "margarete");
  await signIn(app, "margarethe");
  const cause = await causeOf(app, "margarethe", "NO_SUCH_ACCOUNT");
  assert.match(cause.cure, /margarete\b/);
  assert.equal(cause.events.length, 1);
  const { findings, user } = await diagnosisOf(app, "margarete");
  assert.ok(user);
  assert.deepEqual(findings, []);
});

onPglite("ACCOUNT_DISABLED: an operator has disabled the account", async (database) => {
  await using app = await startApp({ database });
  const { id, username } = await newPerson(app);
  await setDisabled(app, await app.operatorToken("OPERATE"), id, true);
  await signIn(app, username);
  const cause = await causeOf(app, username, "ACCOUNT_DISABLED");
  assert.match(cause.cause, /by operator:operate-/);
});

onEachDatabase("WRONG_PASSWORD: how often, and from where, until the next sign-in", async (database) => {
  await using app = await startApp({ database });
  const { username } = await newPerson(app);
  for (const address of ["203.0.113.7", "203.0.113.7", "203.0.113.9"]) {
    await signIn(from(app, address), username, "not the password");
  }
  const cause = await causeOf(app, username, "WRONG_PASSWORD");
  assert.match(cause.cause, /wrong 3 times from 203\.0\.113\.7 and 1 other address/);
  await signIn(app, username);
  assert.deepEqual((await diagnosisOf(app, username)).findings, []);
});

onEachDatabase("LIMIT_REACHED: limit, end and client address; an operator clears it", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "3" } });
  const { id, username } = await newPerson(app);
  const elsewhere = from(app, "203.0.113.7");
  for (let count = 0; count < 4; count++) await signIn(elsewhere, username, "not the password");
  const { cause, until, cure } = await causeOf(app, username, "LIMIT_REACHED");
  assert.match(cause, /from 203\.0\.113\.7: LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES \(3\)/);
  assert.ok(until && new Date(until) > app.clock.now());
  assert.match(cure, /clear the limits/);
  assert.equal((await signIn(elsewhere, username)).code, "RATE_LIMITED");
  const cleared = await mutate(
    app,
    `mutation { clearLimits(identifier: "${id}") { __typename ... on AuthError { code } } }`,
    { token: await app.operatorToken("OPERATE") },
  );
  assert.equal(cleared.__typename, "Done");
  assert.equal((await signIn(elsewhere, username)).__typename, "SignedIn");
});

onPglite("LIMIT_REACHED: a limit of a client address, found by the address", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
  const near = from(app, "203.0.113.7");
  await guest(near);
  await guest(near);
  const { cause, cure } = await causeOf(app, "203.0.113.7", "LIMIT_REACHED");
  assert.match(cause, /LIMIT_GUESTS_PER_ADDRESS_HOUR/);
  assert.match(cure, /203\.0\.113\.7/);
  const token = await app.operatorToken("OPERATE");
  await mutate(app, `mutation { clearLimits(identifier: "203.0.113.7") { __typename } }`, { token });
  assert.equal((await guest(near)).__typename, "SignedIn");
  assert.deepEqual((await diagnosisOf(app, "203.0.113.7")).findings, []);
});

onPglite("clearing limits needs the role OPERATE, and diagnosing the role READ", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await newPerson(app);
  const reading = await app.operatorToken("READ");
  const clear = `mutation { clearLimits(identifier: "ada") { __typename ... on AuthError { code } } }`;
  assert.equal((await mutate(app, clear, { token: reading })).code, "FORBIDDEN");
  const { errors } = await post(app, `{ diagnose(identifier: "ada") { subject } }`, { token: accessToken });
  assert.equal(errors[0]?.extensions?.code, "FORBIDDEN");
});

onEachDatabase("LINK_USED: a mailed link was opened by another person first", async (database) => {
  await using app = await startApp({ database });
  const { email } = await newProvenPerson(app);
  await requestReset(app, email);
  const token = await mailedToken(app, email);
  await resetPassword(from(app, "198.51.100.4"), token, "a password of another person");
  const { code } = await resetPassword(from(app, "203.0.113.7"), token, PASSWORD);
  assert.equal(code, "CODE_REJECTED");
  assert.match((await causeOf(app, email, "LINK_USED")).cause, /used before from 198\.51\.100\.4/);
});

onPglite("LINK_EXPIRED: a mailed link was opened too late", async (database) => {
  await using app = await startApp({ database });
  const { email } = await newProvenPerson(app);
  await requestReset(app, email);
  const token = await mailedToken(app, email);
  app.clock.advance(2 * 60 * 60);
  assert.equal((await resetPassword(app, token, PASSWORD)).code, "CODE_REJECTED");
  await causeOf(app, email, "LINK_EXPIRED");
});

onPglite("REFRESH_TOKEN_REUSED: both addresses", async (database) => {
  await using app = await startApp({ database });
  const { username, refreshToken } = await newPerson(app);
  const thief = from(app, "198.51.100.4");
  const first = await refresh(from(app, "203.0.113.7"), refreshToken);
  const second = await refresh(from(app, "203.0.113.7"), first.tokens.refreshToken);
  assert.equal(second.__typename, "SignedIn");
  app.clock.advance(120);
  assert.equal((await refresh(thief, refreshToken)).code, "REFRESH_TOKEN_REUSED");
  const { cause } = await causeOf(app, username, "REFRESH_TOKEN_REUSED");
  assert.match(cause, /from 203\.0\.113\.7 and from 198\.51\.100\.4/);
});

onPglite("SESSION_ENDED: by an operator", async (database) => {
  await using app = await startApp({ database });
  const { id, sessionId } = await newPerson(app);
  const token = await app.operatorToken("OPERATE");
  await mutate(app, `mutation { revokeUserSessions(userId: "${id}") { __typename } }`, { token });
  const { cause } = await causeOf(app, sessionId, "SESSION_ENDED");
  assert.match(cause, /by operator:operate-.*it was revoked/);
});

onPglite("CLOCK_SKEW: by how many seconds the clocks differ", async (database) => {
  await using app = await startApp({ database });
  const person = await newPerson(app);
  const { username } = person;
  const at = seconds(app) + 300;
  const token = crafted(app, person, { iat: at, nbf: at, exp: at + 900 });
  await post(app, "{ viewer { id } }", { token });
  await eventually("it is recorded", async () => {
    const { findings } = await diagnosisOf(app, username);
    return findings.some(({ code }) => code === "CLOCK_SKEW");
  });
  assert.match((await causeOf(app, username, "CLOCK_SKEW")).cause, /issued (300|299) s in the future/);
});

onPglite("GUEST_NEEDS_ACCOUNT: a guest tried an operation that needs an account", async (database) => {
  await using app = await startApp({ database });
  const { user, tokens } = await guest(app);
  const start = `mutation { startModalTokenFlow { __typename ... on AuthError { code } } }`;
  assert.equal((await mutate(app, start, { token: tokens.accessToken })).code, "FORBIDDEN");
  const { cause } = await causeOf(app, user.id, "GUEST_NEEDS_ACCOUNT");
  assert.match(cause, /startModalTokenFlow/);
});

onPglite("REQUIREMENTS_NOT_MET: the missing requirement, and its remedy", async (database) => {
  await using app = await startApp({ database, env: { STATE_REQUIREMENTS: "PAYMENT=verified_email" } });
  const { username, accessToken } = await newPerson(app);
  await transition(app, accessToken, "AUTH");
  await transition(app, accessToken, "PAYMENT");
  const { cause, cure } = await causeOf(app, username, "REQUIREMENTS_NOT_MET");
  assert.match(cause, /verified_email/);
  assert.match(cure, /Verify an e-mail address/);
});

onPglite("SERVER_OVERLOADED: the sign-in was refused because of other work", async (database) => {
  const held = heldHash();
  const env = { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1000" };
  await using app = await startApp({ database, passwordHash: held.passwordHash, env });
  const { username } = await newPerson(app);
  held.hold();
  const answers = Array.from({ length: 80 }, () => signIn(from(app, "203.0.113.7"), username));
  const first = await Promise.race(answers);
  assert.equal(first.code, "OVERLOADED");
  held.breakDown(true);
  held.release();
  await Promise.allSettled(answers);
  assert.match((await causeOf(app, username, "SERVER_OVERLOADED")).cause, /refused requests \d+ times/);
});

onPglite("ORIGIN_NOT_ALLOWED and COOKIE_BLOCKED: the origin of the page", async (database) => {
  await using app = await startApp({ database });
  const near = from(app, "203.0.113.7");
  const preflight = new Request("http://127.0.0.1:4000/graphql", {
    method: "OPTIONS",
    headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
  });
  await (await near.fetch(preflight)).body?.cancel();
  assert.match((await causeOf(app, "203.0.113.7", "ORIGIN_NOT_ALLOWED")).cause, /https:\/\/shop\.example/);
  const far = from(app, "203.0.113.8");
  await post(far, "{ viewer { id } }", {
    headers: { origin: "https://shop.example", cookie: `${SESSION_COOKIES.plain}=abc` },
  });
  assert.match((await causeOf(app, "203.0.113.8", "COOKIE_BLOCKED")).cause, /https:\/\/shop\.example/);
});

onPglite("FORBIDDEN: a user tried an operation of operators", async (database) => {
  await using app = await startApp({ database });
  const { username, id, accessToken: token } = await newPerson(app);
  await mutate(app, `mutation { revokeUserSessions(userId: "${id}") { __typename } }`, { token });
  assert.match((await causeOf(app, username, "FORBIDDEN")).cause, /revokeUserSessions was refused once/);
});

onPglite("CHECK_FAILED: without another cause, a failed health check is the cause", async (database) => {
  await using app = await startApp({ database, mailPauseSeconds: 3_600 });
  const { username } = await newPerson(app);
  app.inbox.switches.faults = [refusedForNow(1)];
  await requestCode(app, "grace@example.test");
  await eventually("the mail waits for another attempt", async () => {
    const { findings } = await diagnosisOf(app, username);
    return findings[0]?.code === "CHECK_FAILED" && /mail queue/.test(findings[0].cause);
  });
});

onPglite("a request is found by the id in its error", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
  const near = from(app, "203.0.113.7");
  await guest(near);
  const { headers } = await post(near, "mutation { signInAsGuest { __typename } }");
  await causeOf(app, headers.get("x-request-id") ?? "", "LIMIT_REACHED");
});

onPglite("EMAIL_NOT_VERIFIED: an unverified address does not sign in", async (database) => {
  await using app = await startApp({ database });
  await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
  await signIn(app, "ada@example.test");
  const { findings } = await diagnosisOf(app, "ada@example.test");
  assert.ok(findings.some(({ code }) => code === "EMAIL_NOT_VERIFIED"), JSON.stringify(findings));
});

onPglite("a successful sign-in, or a code that was just mailed, has no cause", async (database) => {
  await using app = await startApp({ database });
  const { email } = await newProvenPerson(app);
  assert.deepEqual((await diagnosisOf(app, email)).findings, []);
  const { flow } = await requestCode(app, "new@example.test");
  assert.ok(flow);
  assert.deepEqual((await diagnosisOf(app, "new@example.test")).findings, []);
});
