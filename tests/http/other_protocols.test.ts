/** The answers to protocols and headers other than those of GraphQL over HTTP, SSE and WebSocket. */
import assert from "node:assert/strict";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { createClient } from "graphql-sse";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { ask, ENDPOINT, graphqlRequest, listen, post } from "../support/wire.ts";

const SUBSCRIPTION = "subscription { authState { currentState } }";

onPglite(
  "a subscription in another form gets 406 with the supported forms, and is not opened",
  async (database) => {
    await using app = await startApp({ database });
    const { accessToken: token } = await newPerson(app);
    for (const accept of ["multipart/mixed;subscriptionSpec=1.0, application/json", "application/json"]) {
      const { status, errors } = await post(app, SUBSCRIPTION, { token, headers: { accept } });
      assert.equal(status, 406, accept);
      assert.match(errors[0]?.message ?? "", /text\/event-stream.*WebSocket/);
    }
    assert.equal(app.services.subscriptions.size, 0);
  },
);

onPglite("the single connection mode of graphql-sse gets 406 with the supported forms", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const refused = await ask(app, new Request(ENDPOINT, { method: "PUT" }));
  assert.equal(refused.status, 406);
  assert.match(refused.errors[0]?.message ?? "", /single connection mode.*distinct connections mode/);
  const client = createClient({ url: server.url, singleConnection: true, retryAttempts: 0 });
  const iterator = client.iterate({ query: SUBSCRIPTION });
  await assert.rejects(iterator.next(), /406|Not Acceptable/);
  client.dispose();
});

onPglite("a stream begins with the time after which EventSource reconnects", async (database) => {
  await using app = await startApp({ database });
  const request = graphqlRequest(SUBSCRIPTION, { headers: { accept: "text/event-stream" } });
  const { body } = await app.fetch(request);
  assert.ok(body);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? "", /^retry: \d+\n\n/);
  await reader.cancel();
});

onPglite(
  "a hash without its document gets PersistedQueryNotSupported, and Apollo then sends the document",
  async (database) => {
    await using app = await startApp({ database });
    await using server = listen(app);
    const extensions = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };
    const byPost = new Request(graphqlRequest(""), { body: JSON.stringify({ extensions }) });
    const byGet = new Request(`${ENDPOINT}?extensions=${encodeURIComponent(JSON.stringify(extensions))}`, {
      headers: { accept: "application/json" },
    });
    for (const request of [byPost, byGet]) {
      const { status, errors } = await ask(app, request);
      assert.equal(status, 200);
      assert.deepEqual(errors.map(({ message, extensions }) => [message, extensions?.code]), [
        ["PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"],
      ]);
    }
    const sha256 = async (text: string) => {
      const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      return new Uint8Array(hash).toHex();
    };
    const client = new ApolloClient({
      link: new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: server.url })),
      cache: new InMemoryCache(),
    });
    const { data } = await client.query({ query: gql`{ authState { currentState } }` });
    assert.deepEqual(data, { authState: { __typename: "AuthState", currentState: "VISITOR" } });
    client.stop();
  },
);

onPglite("password managers are redirected to the page that changes the password", async (database) => {
  await using app = await startApp({ database });
  const { status, headers } = await ask(
    app,
    new Request("http://127.0.0.1:4000/.well-known/change-password"),
  );
  assert.deepEqual([status, headers.get("location")], [302, "/"]);
});

const ORIGIN = "https://app.example.test";

onPglite(
  "pages of allowed origins may send the headers of stock clients and ALLOWED_HEADERS",
  async (database) => {
    await using app = await startApp({
      database,
      env: { ALLOWED_ORIGINS: ORIGIN, ALLOWED_HEADERS: "X-Request-Id, traceparent" },
    });
    const { headers } = await ask(
      app,
      new Request(ENDPOINT, {
        method: "OPTIONS",
        headers: {
          origin: ORIGIN,
          "access-control-request-method": "POST",
          "access-control-request-headers": "apollo-require-preflight,x-request-id",
        },
      }),
    );
    assert.deepEqual(headers.get("access-control-allow-headers")?.split(", "), [
      "content-type",
      "authorization",
      "apollo-require-preflight",
      "graphql-require-preflight",
      "x-request-id",
      "traceparent",
    ]);
  },
);
