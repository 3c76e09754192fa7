import { GraphQLError } from "graphql";
import { createSchema, createYoga } from "graphql-yoga";
import assert from "node:assert/strict";
import {
  createVerifier,
  KeysUnavailable,
  TokenRejected,
  type VerifiedSession,
} from "../../src/client/server/verifier.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { guest } from "../support/codes.ts";
import { part } from "../support/crafted_tokens.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, refresh } from "../support/people.ts";
import { published, rotate } from "../support/published_keys.ts";
import { cookieOf } from "../support/token_kinds.ts";
import { listen } from "../support/wire.ts";

const ISSUER = "urn:sallyport";

/** Creates a verifier of this app's tokens. */
function verifierOf(url: string, options: { guests?: boolean; audience?: string; issuer?: string } = {}) {
  return createVerifier({ issuer: ISSUER, jwksUrl: new URL("/.well-known/jwks.json", url), ...options });
}

const rejects = (promise: Promise<unknown>, what: string) => assert.rejects(promise, TokenRejected, what);

onPglite("a verifier returns the session of an access token", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const ada = await newPerson(app);
  const { verify, authenticate } = verifierOf(server.url);
  const session = await verify(ada.accessToken);
  const { userId, sessionId, isGuest, signedInAt, expiresAt } = session;
  assert.deepEqual([userId, sessionId, isGuest], [ada.id, ada.sessionId, false]);
  assert.equal(expiresAt.getTime() - signedInAt.getTime(), 15 * 60 * 1000);
  assert.deepEqual(await authenticate(`bearer  ${ada.accessToken}`), session);
  const later = (await refresh(app, ada.refreshToken)).tokens.accessToken;
  assert.deepEqual((await verify(later)).signedInAt, signedInAt);
});

onPglite("a verifier rejects every other token", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const ada = await newPerson(app);
  const { verify, authenticate } = verifierOf(server.url);
  const others: Record<string, string> = {
    "none": "",
    "not a token": "x",
    "a refresh token": ada.refreshToken,
    "an operator's": await app.operatorToken(),
    "a session cookie": /=(ey[^;]+)/.exec(await cookieOf(app, ada.username))?.[1] ?? assert.fail(),
    "changed": `${ada.accessToken.slice(0, -4)}AAAA`,
    "unsigned": `${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll("=", "")}.${
      ada.accessToken.split(".")[1]
    }.`,
  };
  for (const [what, token] of Object.entries(others)) await rejects(verify(token), what);
  await rejects(verifierOf(server.url, { audience: "other" }).verify(ada.accessToken), "another audience");
  await rejects(verifierOf(server.url, { issuer: "urn:other" }).verify(ada.accessToken), "another issuer");
  for (const header of [null, undefined, "", "Basic eA==", "Bearer", `Bearer ${ada.accessToken} x`]) {
    const refused = await authenticate(header).catch((error) => error);
    assert.ok(refused instanceof TokenRejected);
    assert.deepEqual([refused.status, refused.wwwAuthenticate], [401, "Bearer"]);
  }
  const invalid = await authenticate("Bearer x").catch((error) => error);
  assert.equal(invalid.wwwAuthenticate, 'Bearer error="invalid_token"');
});

onPglite("a token that names no key is rejected, however many keys are published", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const ada = await newPerson(app);
  await rotate(app, await app.operatorToken());
  assert.equal((await published(app)).length, 2);
  const [, payload, signature] = ada.accessToken.split(".");
  const token = [part({ alg: "EdDSA", typ: "at+jwt" }), payload, signature].join(".");
  await rejects(verifierOf(server.url).verify(token), "without kid");
});

onPglite("a verifier rejects guests by default", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const { user, tokens } = await guest(app);
  await rejects(verifierOf(server.url).verify(tokens.accessToken), "a guest");
  const { userId, isGuest } = await verifierOf(server.url, { guests: true }).verify(tokens.accessToken);
  assert.deepEqual([userId, isGuest], [user.id, true]);
});

onPglite("a verifier rejects an expired token", async (database) => {
  await using app: TestApp = await startApp({ database });
  await using server = listen(app);
  // The server's clock is behind the verifier's, so the token has expired for the verifier.
  app.clock.advance(-16 * 60);
  const ada = await newPerson(app);
  await rejects(verifierOf(server.url).verify(ada.accessToken), "expired");
});

onPglite("without the server's keys, a verifier throws KeysUnavailable", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await assert.rejects(verifierOf("http://127.0.0.1:9").verify(ada.accessToken), KeysUnavailable);
});

onPglite(
  "GraphQL Yoga gets the session in its context, as the documentation shows",
  async (database) => {
    await using app = await startApp({ database });
    await using server = listen(app);
    const verifier = verifierOf(server.url);
    const refuse = ({ message, status, wwwAuthenticate }: TokenRejected) => {
      const headers = wwwAuthenticate ? { "www-authenticate": wwwAuthenticate } : {};
      const code = status === 401 ? "UNAUTHENTICATED" : "UNAVAILABLE";
      throw new GraphQLError(message, { extensions: { code, http: { status, headers } } });
    };
    const yoga = createYoga({
      schema: createSchema<VerifiedSession>({
        typeDefs: "type Query { hello: String }",
        resolvers: { Query: { hello: (_root, _args, { userId }) => userId } },
      }),
      context: ({ request }) => verifier.authenticate(request.headers.get("authorization")).catch(refuse),
    });
    const ask = async (headers: HeadersInit) => {
      const url = "http://127.0.0.1/graphql?query={hello}";
      const response = await yoga.fetch(url, { headers: { accept: "application/json", ...headers } });
      return [response.status, response.headers.get("www-authenticate"), await response.json()];
    };
    const ada = await newPerson(app);
    assert.deepEqual(await ask({ authorization: `Bearer ${ada.accessToken}` }), [
      200,
      null,
      { data: { hello: ada.id } },
    ]);
    const errors = [{ message: "No access token: sign in", extensions: { code: "UNAUTHENTICATED" } }];
    assert.deepEqual(await ask({}), [401, "Bearer", { errors }]);
  },
);
