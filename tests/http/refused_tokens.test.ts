import assert from "node:assert/strict";
import { buildSchema } from "../../schema/schema.ts";
import { createKey, revokeKey } from "../support/api_keys.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { mailedCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { newPerson, PASSWORD, type Person, signedIn } from "../support/people.ts";
import { subscribe } from "../support/live.ts";
import { revoke } from "../support/sessions.ts";
import { post } from "../support/wire.ts";

const ACCESS = "application/json";
const GRAPHQL = "application/graphql-response+json";

/** Invalid tokens that a client may still have. */
async function invalidTokens(app: TestApp, person: Person): Promise<Record<string, string>> {
  const revoked = await signedIn(app, person.username);
  await revoke(app, person.accessToken, revoked.sessionId);
  const expired = await signedIn(app, person.username);
  app.clock.advance(16 * 60);
  const boss = await app.operatorToken();
  const { key, apiKey } = await createKey(app, boss, {});
  await revokeKey(app, boss, apiKey.id);
  return {
    expired: expired.accessToken,
    revoked: revoked.accessToken,
    malformed: "x",
    unknown: `${expired.accessToken}x`,
    "unknown operator": `${await app.operatorToken()}x`,
    "revoked API key": key,
    "unknown API key": `${key}x`,
    "a refresh token": expired.refreshToken,
  };
}

/** Operations that allow anonymous callers, and operations that do not. */
const OPERATIONS = [
  "{ viewer { id } }",
  "{ authState { currentState } }",
  "{ sessions { id } }",
  "{ __typename }",
  "mutation { transitionState(to: PAYMENT) { __typename } }",
  'mutation { cancelFlow(id: "flw_01jd0000000000000000000000") { __typename } }',
];

onEachDatabase("every operation with an invalid token is UNAUTHENTICATED", async (database) => {
  await using app = await startApp({ database });
  const tokens = await invalidTokens(app, await newPerson(app));
  for (const [what, token] of Object.entries(tokens)) {
    for (const query of OPERATIONS) {
      for (const [accept, expected] of [[ACCESS, 200], [GRAPHQL, 401]] as const) {
        const { status, headers, data, errors } = await post(app, query, { token, headers: { accept } });
        assert.equal(status, expected, `${what}: ${query}`);
        assert.equal(headers.get("www-authenticate"), 'Bearer error="invalid_token"');
        assert.equal(data, undefined);
        assert.deepEqual(errors.map(({ extensions }) => extensions?.code), ["UNAUTHENTICATED"], what);
      }
    }
    const live = await subscribe(app.fetch, "subscription { authState { currentState } }", { token });
    assert.deepEqual(await live.refusal(), ["UNAUTHENTICATED"], what);
    assert.deepEqual(await live.ended(), []);
  }
});

onPglite("a request without a token is anonymous", async (database) => {
  await using app = await startApp({ database });
  const { status, headers, data, errors } = await post(app, "{ viewer { id } authState { currentState } }");
  assert.deepEqual(
    [status, headers.get("www-authenticate"), data, errors],
    [200, null, { viewer: null, authState: { currentState: "VISITOR" } }, []],
  );
});

/** Mutations that work without a session, or end one. They ignore an invalid token. */
const IGNORING = [
  "issueGoogleNonce",
  "refreshSession",
  "register",
  "requestEmailCode",
  "requestPasswordReset",
  "resetPassword",
  "signInAsGuest",
  "signInWithGoogle",
  "signInWithPasskey",
  "signInWithPassword",
  "signOut",
  "startPasskeySignIn",
  "verifyEmail",
  "verifyEmailCode",
  "verifySecondFactor",
];

Deno.test("only these mutations ignore an invalid token", () => {
  const fields = Object.values(buildSchema().getMutationType()?.getFields() ?? {});
  const ignoring = fields.filter(({ extensions }) => extensions["ignoresToken"] === true);
  assert.deepEqual(ignoring.map(({ name }) => name).sort(), IGNORING);
});

onEachDatabase("a client with an old token can sign in by every method, and refresh", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { expired: token } = await invalidTokens(app, ada);
  const result = async (mutation: string) => {
    const { data, errors } = await post(app, `mutation { result: ${mutation} }`, { token });
    assert.deepEqual(errors, [], mutation);
    return data?.["result"] as { __typename: string; flow?: { id: string } };
  };
  const is = async (mutation: string, type: string) =>
    assert.equal((await result(`${mutation} { __typename }`)).__typename, type, mutation);
  const account = `identifier: "${ada.username}", password: "${PASSWORD}"`;
  await is(`signInWithPassword(input: { ${account} })`, "SignedIn");
  await is("signInAsGuest", "SignedIn");
  await is(`register(input: { username: "grace", password: "${PASSWORD}" })`, "Registered");
  await is(`refreshSession(input: { refreshToken: "${ada.refreshToken}" })`, "SignedIn");
  const email = "grace@example.test";
  const { flow } = await result(
    `requestEmailCode(input: { email: "${email}" }) { __typename ... on EmailCodeSent { flow { id } } }`,
  );
  const code = await mailedCode(app, email);
  await is(`verifyEmailCode(input: { flowId: "${flow?.id}", code: "${code}" })`, "SignedIn");
  await is("signOut", "UnauthenticatedError");
});

onPglite(
  "if one field needs the token, the whole operation is refused and changes nothing",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { expired: token } = await invalidTokens(app, ada);
    const documents = [
      "mutation { signInAsGuest { __typename } transitionState(to: PAYMENT) { __typename } }",
      "mutation { ... on Mutation { signInAsGuest { __typename } ...More } } fragment More on Mutation { transitionState(to: PAYMENT) { __typename } }",
    ];
    for (const query of documents) {
      const { data, errors } = await post(app, query, { token });
      assert.equal(data, undefined);
      assert.equal(errors[0]?.extensions?.code, "UNAUTHENTICATED");
    }
    const operator = await app.operatorToken("READ");
    const { data } = await post(app, "{ users(first: 10) { nodes { isGuest } } }", { token: operator });
    const { nodes } = data?.["users"] as { nodes: { isGuest: boolean }[] };
    assert.deepEqual(nodes, [{ isGuest: false }]);
  },
);
