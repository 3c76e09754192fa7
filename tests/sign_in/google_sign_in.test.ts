import assert from "node:assert/strict";
import { sql } from "kysely";
import { GOOGLE_ISSUERS } from "../../src/providers/google/api/google_endpoints.ts";
import { startApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { issueNonce, presentToken, signInWithGoogle } from "../support/google_sign_in.ts";
import { eventsAbout } from "../support/callers.ts";
import { barrier, wide } from "../support/races.ts";
import { OWN_PAGE } from "../support/token_kinds.ts";
import { ask, graphqlRequest, post } from "../support/wire.ts";

const ADA = { email: "Ada.Lovelace@gmail.com", name: "Ada Lovelace" };

onEachDatabase(
  "a new user gets the state AUTH, and is the same user at the next sign-in",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const first = await signInWithGoogle(app, ADA);
    assert.equal(first.__typename, "SignedIn", JSON.stringify(first));
    const { user, session } = first;
    assert.deepEqual(
      [user.email, user.emailVerified, user.name, user.state, user.methods, session.method],
      ["Ada.Lovelace@gmail.com", true, "Ada Lovelace", "AUTH", ["EMAIL_CODE", "GOOGLE"], "GOOGLE"],
    );
    const { sub, picture } = app.google.account(ADA);
    const authId = `${GOOGLE_ISSUERS[0]}|${sub}`;
    assert.deepEqual(user.stateMetadata["user"], { authId, email: ADA.email, name: ADA.name, picture });
    assert.equal(user.stateMetadata["auth"]?.["provider"], "google");
    assert.deepEqual((await eventsAbout(app, user.id)).map(({ type }) => type), [
      "user.registered",
      "email.verified",
      "google.accepted",
      "session.issued",
      "state.changed",
      "identity.linked",
    ]);

    app.clock.advance(60);
    const again = await signInWithGoogle(app, ADA);
    assert.equal(again.user.id, user.id);
    assert.notEqual(again.session.id, session.id);
    assert.ok((again.user.lastSignInAt ?? "") > (user.lastSignInAt ?? ""));
    const types = (await eventsAbout(app, user.id)).map(({ type }) => type);
    assert.deepEqual(types.slice(6), ["google.accepted", "session.issued"]);
  },
);

onEachDatabase(
  "COOKIE is the default: seven days, HttpOnly, and no token in the response",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const token = app.google.issueIdToken(ADA);
    const document = `mutation ($token: String!) { signInWithGoogle(input: { token: $token }) { __typename
    ... on SignedIn { session { transport expiresAt } tokens { accessToken } } } }`;
    const response = await app.fetch(graphqlRequest(document, { headers: OWN_PAGE, variables: { token } }));
    const { data } = await response.json();
    const { session, tokens } = data.signInWithGoogle;
    assert.deepEqual([session.transport, tokens], ["COOKIE", null]);
    const days = (Date.parse(session.expiresAt) - app.clock.now().getTime()) / 86_400_000;
    assert.ok(days > 6.99 && days <= 7, `${days} days`);
    const [cookie = ""] = response.headers.getSetCookie();
    assert.match(cookie, /^sallyport=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
    const headers = { ...OWN_PAGE, cookie: cookie.split(";")[0] ?? "" };
    const viewer = await post(app, "{ viewer { email } }", { headers });
    assert.deepEqual(viewer.data, { viewer: { email: ADA.email } });

    const foreign = await post(app, document, {
      headers: { origin: "https://evil.test" },
      variables: { token },
    });
    assert.match(foreign.text, /ForbiddenError/);
  },
);

onPglite("the argument is `token`: `credential` is an ordinary GraphQL error", async (database) => {
  await using app = await startGoogleApp({ database });
  const { status, text, data } = await post(
    app,
    `mutation { signInWithGoogle(input: { credential: "x" }) { __typename } }`,
  );
  assert.equal(data, undefined);
  assert.match(text, /credential/);
  assert.ok(status === 200 || status === 400, `${status}`);
});

onEachDatabase(
  "R26: issuer and subject identify the user, also after the address changes",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { sub } = app.google.account(ADA);
    const { user } = await signInWithGoogle(app, { sub, ...ADA });
    const moved = await signInWithGoogle(app, { sub, email: "countess@gmail.com", name: "Countess" });
    assert.deepEqual(
      [moved.user.id, moved.user.email, moved.user.emailVerified, moved.user.name],
      [user.id, "countess@gmail.com", true, "Countess"],
    );
    // The user's address does not change to one that Google is not authoritative for, or that another user
    // has.
    const elsewhere = await signInWithGoogle(app, { sub, email: "ada@elsewhere.test", hd: null });
    assert.deepEqual([elsewhere.user.id, elsewhere.user.email], [user.id, "countess@gmail.com"]);
    const bob = await signInWithGoogle(app, { email: "bob@gmail.com" });
    const greedy = await signInWithGoogle(app, { sub, email: "bob@gmail.com" });
    assert.deepEqual([greedy.user.id, greedy.user.email], [user.id, "countess@gmail.com"]);
    assert.notEqual(bob.user.id, user.id);
  },
);

onEachDatabase("R26: both spellings of Google's issuer are one issuer", async (database) => {
  await using app = await startGoogleApp({ database });
  const [one, two] = [
    await signInWithGoogle(app, ADA, {}, { issuer: "https://accounts.google.com" }),
    await signInWithGoogle(app, ADA, {}, { issuer: "accounts.google.com" }),
  ];
  assert.equal(one.user.id, two.user.id);
});

onEachDatabase(
  "R26: a nonce works once, for five minutes, and only for the token that contains it",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const refused = async (token: string, nonce?: string) =>
      (await presentToken(app, token, nonce === undefined ? {} : { nonce })).code;
    const nonce = await issueNonce(app);
    const issue = (nonce?: string) => app.google.issueIdToken(ADA, nonce === undefined ? {} : { nonce });
    const token = issue(nonce);
    assert.equal((await presentToken(app, token, { nonce })).__typename, "SignedIn");
    assert.equal(await refused(token, nonce), "GOOGLE_TOKEN_REJECTED", "the token again");
    assert.equal(await refused(issue(nonce)), "GOOGLE_TOKEN_REJECTED", "another token with a spent nonce");
    assert.equal(await refused(issue("made-up")), "GOOGLE_TOKEN_REJECTED", "a nonce that is not ours");
    assert.equal(await refused(issue(await issueNonce(app)), await issueNonce(app)), "GOOGLE_TOKEN_REJECTED");
    assert.equal(
      await refused(issue(), await issueNonce(app)),
      "GOOGLE_TOKEN_REJECTED",
      "a token without the nonce",
    );
    const altered = nonce.replace(/^./, (first) => first === "A" ? "B" : "A");
    assert.equal(await refused(issue(altered)), "GOOGLE_TOKEN_REJECTED", "a nonce whose time was changed");
    const late = await issueNonce(app);
    const early = await issueNonce(app);
    app.clock.advance(4 * 60 + 55);
    assert.equal((await presentToken(app, issue(early), { nonce: early })).__typename, "SignedIn");
    app.clock.advance(10);
    assert.equal(await refused(issue(late), late), "GOOGLE_TOKEN_REJECTED", "a nonce that is over");
  },
);

onEachDatabase("R26: a token without a nonce is accepted once, also after its expiry", async (database) => {
  await using app = await startGoogleApp({ database });
  const token = app.google.issueIdToken(ADA);
  assert.equal((await presentToken(app, token)).__typename, "SignedIn");
  assert.equal((await presentToken(app, token)).code, "GOOGLE_TOKEN_REJECTED");
  app.clock.advance(3_600 + 200);
  assert.equal((await presentToken(app, token)).code, "GOOGLE_TOKEN_REJECTED", "within the leeway");
});

onPostgres("R26: of 50 parallel uses of one token on two instances, one signs in", async (database) => {
  const crowded = wide(database, 50);
  await using app = await startGoogleApp({ database: crowded });
  const { google, clock } = app;
  await using other = await startApp({ database: crowded, google, clock, keys: app.services.keys });
  for (const token of [google.issueIdToken(ADA), google.issueIdToken({ email: "new@gmail.com" })]) {
    const { opened } = await barrier(app.services.db, sql`lock table spent_tokens in exclusive mode`, 50);
    const racers = Array.from({ length: 50 }, (_, n) => presentToken(n % 2 ? app : other, token));
    await opened;
    const answers = await Promise.all(racers);
    assert.equal(answers.filter(({ __typename }) => __typename === "SignedIn").length, 1);
    assert.equal(answers.filter(({ code }) => code === "GOOGLE_TOKEN_REJECTED").length, 49);
  }
});

onPostgres("20 parallel first sign-ins create one user", async (database) => {
  await using app = await startGoogleApp({ database: wide(database, 20) });
  const { opened } = await barrier(app.services.db, sql`lock table identities in access exclusive mode`, 20);
  const racers = Array.from(
    { length: 20 },
    (_, n) => presentToken(app, app.google.issueIdToken(ADA, { claims: { jti: `${n}` } })),
  );
  await opened;
  const answers = await Promise.all(racers);
  assert.deepEqual(new Set(answers.map(({ __typename }) => __typename)), new Set(["SignedIn"]));
  assert.equal(new Set(answers.map(({ user }) => user.id)).size, 1);
});

onEachDatabase("a disabled user gets ACCOUNT_DISABLED after a valid token", async (database) => {
  await using app = await startGoogleApp({ database });
  const { user, tokens } = await signInWithGoogle(app, ADA);
  const disable = `mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { __typename } }`;
  await post(app, disable, { token: await app.operatorToken("OPERATE"), variables: { id: user.id } });
  assert.equal((await signInWithGoogle(app, ADA)).code, "ACCOUNT_DISABLED");
  assert.equal(
    (await post(app, "{ viewer { id } }", { token: tokens.accessToken })).data?.["viewer"] ?? null,
    null,
  );
  const rejected = (await eventsAbout(app, user.id)).find(({ type }) => type === "google.rejected");
  assert.equal(rejected?.data["reason"], "account_disabled");
});

onEachDatabase("without a Google client the server starts, and errors say what to set", async (database) => {
  await using app = await startApp({ database });
  for (
    const document of [
      `mutation { result: issueGoogleNonce { __typename ... on AuthError { code actionRequired } } }`,
      `mutation { result: signInWithGoogle(input: { token: "x", transport: TOKENS }) { __typename ... on AuthError { code actionRequired } } }`,
    ]
  ) {
    const { data } = await post(app, document);
    const { code, actionRequired } = data?.["result"] as { code: string; actionRequired: string };
    assert.equal(code, "GOOGLE_NOT_CONFIGURED");
    assert.match(actionRequired, /GOOGLE_CLIENT_ID/);
  }
  const ready = await ask(app, new Request("http://127.0.0.1:4000/readyz"));
  assert.equal(ready.status, 200);
});

onEachDatabase("names and pictures from Google are sanitized", async (database) => {
  await using app = await startGoogleApp({ database });
  const name = `A\u001b]0;title\u0007\u202eda${"x".repeat(500)}`;
  const { user } = await signInWithGoogle(app, { ...ADA, name, picture: "javascript:alert(1)" });
  assert.equal(user.pictureUrl, null);
  assert.doesNotMatch(user.name ?? "", /[\p{C}]/u);
  assert.ok((user.name ?? "").length <= 200);
});
