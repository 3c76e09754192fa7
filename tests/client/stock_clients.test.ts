/** Other projects' clients, used as their documentation shows, with tokens that expire. */
import assert from "node:assert/strict";
import { gql } from "@apollo/client";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import {
  createOperationDescriptor,
  Environment,
  type GraphQLResponse,
  Network,
  RecordSource,
  type RequestParameters,
  Store,
} from "relay-runtime";
import { startApp, type TestApp } from "../support/app.ts";
import { guest } from "../support/codes.ts";
import { onPglite, type TestDatabase } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { type ExpiringSession, expiringSession } from "../support/expiring_session.ts";
import { newName, newPerson, PASSWORD } from "../support/people.ts";
import { apolloClient, bearer, urqlClient } from "../support/stock_clients.ts";
import { listenWithWebSockets, post } from "../support/wire.ts";

type Place = { app: TestApp; url: string; wsUrl: string; session: ExpiringSession };

const VIEWER = "query Viewer { viewer { id username } }";

/** Registers a test with a server whose access tokens expire after a minute, and a user's session. */
function withExpiringTokens(name: string, run: (place: Place) => Promise<void>): void {
  onPglite(name, async (database: TestDatabase) => {
    await using app = await startApp({ database, env: { ACCESS_TOKEN_MINUTES: "1" } });
    await using server = await listenWithWebSockets(app);
    const person = await newPerson(app);
    await run({ app, ...server, session: expiringSession(app, person, person) });
  });
}

withExpiringTokens(
  "urql's authExchange renews an expired token, and the viewer stays",
  async ({ url, session }) => {
    const client = urqlClient(url, session);
    session.expire();
    const { data, error } = await client.query(VIEWER, {}).toPromise();
    assert.equal(error, undefined);
    assert.equal(data.viewer.id, session.user.id);
    assert.equal(session.renewals(), 1);
  },
);

withExpiringTokens(
  "Apollo's error link renews an expired token, and the viewer stays",
  async ({ url, session }) => {
    const client = apolloClient(url, session);
    session.expire();
    const { data } = await client.query<{ viewer: { id: string } }>({ query: gql(VIEWER) });
    assert.equal(data?.viewer.id, session.user.id);
    assert.equal(session.renewals(), 1);
    client.stop();
  },
);

const REGISTER = `mutation Register($username: String!) {
  register(input: { username: $username, password: "${PASSWORD}" }) {
    __typename ... on Registered { user { id isGuest } } ... on AuthError { code } } }`;

type Registration = { register: { user: { id: string; isGuest: boolean } } };

/** A client's way to send `REGISTER`. */
type Register = (place: Place, username: string) => Promise<Registration | undefined>;

const REGISTERING: Record<string, Register> = {
  urql: async ({ url, session }, username) =>
    (await urqlClient(url, session).mutation<Registration>(REGISTER, { username }).toPromise()).data,
  "Apollo Client": async ({ url, session }, username) => {
    const client = apolloClient(url, session);
    const mutation = gql(REGISTER);
    const { data } = await client.mutate<Registration>({ mutation, variables: { username } });
    client.stop();
    return data;
  },
};

for (const [name, register] of Object.entries(REGISTERING)) {
  withExpiringTokens(
    `${name}: a guest whose token has expired registers, and keeps the account`,
    async (place) => {
      const { user, tokens } = await guest(place.app);
      const session = expiringSession(place.app, user, tokens);
      session.expire();
      const data = await register({ ...place, session }, newName());
      const registered = data?.register.user;
      assert.deepEqual([registered?.id, registered?.isGuest], [user.id, false]);
      assert.equal(session.renewals(), 1);
    },
  );
}

withExpiringTokens("a network layer for Relay renews an expired token", async ({ url, session }) => {
  const send = async ({ text }: RequestParameters): Promise<Response> =>
    await fetch(url, {
      method: "POST",
      headers: {
        ...bearer(session),
        "content-type": "application/json",
        accept: "application/graphql-response+json",
      },
      body: JSON.stringify({ query: text }),
    });
  const network = Network.create(async (request): Promise<GraphQLResponse> => {
    let response = await send(request);
    if (response.status === 401) {
      await response.body?.cancel();
      await session.renew();
      response = await send(request);
    }
    return await response.json();
  });
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  session.expire();
  const operation = createOperationDescriptor(VIEWER_REQUEST, {});
  await environment.execute({ operation }).toPromise();
  const { data } = environment.lookup(operation.fragment);
  assert.deepEqual(data, { viewer: { id: session.user.id, username: session.user.username } });
  assert.equal(session.renewals(), 1);
});

const EVENTS = `subscription ($after: String) {
  events(after: $after, types: ["session.refreshed"]) { id cursor }
}`;

type Answer = {
  data?: { events: { id: string; cursor: string } } | null;
  errors?: readonly { extensions?: { [key: string]: unknown } }[];
};

/**
 * Subscribes to the events of the user's refreshes until `expiries` tokens have expired. After each, it renews the token,
 * and a new subscription continues after the last event.
 */
async function followPastExpiries(
  { app, session }: Place,
  expiries: number,
  subscribe: (variables: { after: string | undefined }) => AsyncIterable<Answer>,
): Promise<void> {
  await session.renew();
  const seen = new Set<string>();
  let after = await lastCursor(app, session);
  while (session.renewals() <= expiries) {
    const errors = await within(
      "the token expires",
      firstErrors(subscribe({ after }), (event) => {
        assert.ok(!seen.has(event.id), "an event came twice");
        seen.add(event.id);
        after = event.cursor;
      }),
      10,
    );
    assert.deepEqual(errors?.[0]?.extensions?.["code"], "UNAUTHENTICATED");
    assert.deepEqual(errors?.[0]?.extensions?.["reason"], "TOKEN_EXPIRED");
    await session.renew();
  }
  for await (const { data } of subscribe({ after })) {
    if (data) seen.add(data.events.id);
    if (seen.size === expiries) break;
  }
}

/** Reads events until the subscription reports errors, as a result or as a failure. */
async function firstErrors(
  answers: AsyncIterable<Answer>,
  onEvent: (event: { id: string; cursor: string }) => void,
): Promise<Answer["errors"]> {
  try {
    for await (const { data, errors } of answers) {
      if (errors) return errors;
      if (data) onEvent(data.events);
    }
  } catch (errors) {
    return errors as Answer["errors"];
  }
  assert.fail("the subscription completed");
}

/** Returns the cursor of the last refresh as soon as it is in the log. */
function lastCursor(app: TestApp, session: ExpiringSession): Promise<string> {
  return eventually("the refresh is in the log", async () => {
    const { data } = await post(
      app,
      '{ events(last: 1, types: ["session.refreshed"]) { nodes { cursor } } }',
      {
        token: session.token(),
      },
    );
    return (data as { events: { nodes: { cursor: string }[] } }).events.nodes[0]?.cursor;
  });
}

withExpiringTokens("graphql-sse follows events past three expiries, none lost", async (place) => {
  const { url, session } = place;
  const client = createSseClient({ url, headers: () => bearer(session), retryAttempts: 0 });
  await followPastExpiries(
    place,
    3,
    (variables) =>
      client.iterate<Answer["data"] & object>({ query: EVENTS, variables }) as AsyncIterable<Answer>,
  );
  client.dispose();
});

withExpiringTokens("graphql-ws follows events past three expiries, none lost", async (place) => {
  const { wsUrl, session } = place;
  const client = createWsClient({ url: wsUrl, connectionParams: () => bearer(session) });
  await followPastExpiries(
    place,
    3,
    (variables) => client.iterate({ query: EVENTS, variables }) as AsyncIterable<Answer>,
  );
  await client.dispose();
});

withExpiringTokens(
  "graphql-sse and graphql-ws are told that the session has ended",
  async ({ app, url, wsUrl, session }) => {
    const overHttp = createSseClient({ url, headers: () => bearer(session), retryAttempts: 0 });
    const overWebSocket = createWsClient({ url: wsUrl, connectionParams: () => bearer(session) });
    const query = "subscription { authState { currentState } }";
    const both = [overHttp.iterate({ query }), overWebSocket.iterate({ query })] as AsyncIterator<Answer>[];
    for (const answers of both) assert.ok((await answers.next()).value.data);
    await post(app, "mutation { signOut { __typename } }", { token: session.token() });
    for (const answers of both) {
      const errors = await within(
        "the end",
        firstErrors({ [Symbol.asyncIterator]: () => answers }, () => {}),
      );
      assert.equal(errors?.[0]?.extensions?.["reason"], "SESSION_ENDED");
    }
    overHttp.dispose();
    await overWebSocket.dispose();
  },
);

withExpiringTokens(
  "graphql-ws reconnects with a new token when the server refuses the old one",
  async ({ wsUrl, session }) => {
    const codes: number[] = [];
    const client = createWsClient({
      url: wsUrl,
      retryAttempts: 1,
      retryWait: session.renew,
      connectionParams: () => bearer(session),
      on: { closed: (event) => void codes.push((event as CloseEvent).code) },
    });
    session.expire();
    for await (const { data } of client.iterate({ query: VIEWER })) {
      assert.deepEqual(data, { viewer: { id: session.user.id, username: session.user.username } });
    }
    assert.equal(codes[0], 4403);
    assert.equal(session.renewals(), 1);
    await client.dispose();
  },
);

/** The output of Relay's compiler for `VIEWER`. */
const VIEWER_SELECTION = {
  alias: null,
  args: null,
  concreteType: "User",
  kind: "LinkedField",
  name: "viewer",
  plural: false,
  selections: ["id", "username"].map((name) =>
    ({ alias: null, args: null, kind: "ScalarField", name, storageKey: null }) as const
  ),
  storageKey: null,
} as const;
const VIEWER_REQUEST = {
  fragment: {
    argumentDefinitions: [],
    kind: "Fragment",
    metadata: null,
    name: "Viewer",
    selections: [VIEWER_SELECTION],
    type: "Query",
    abstractKey: null,
  },
  kind: "Request",
  operation: { argumentDefinitions: [], kind: "Operation", name: "Viewer", selections: [VIEWER_SELECTION] },
  params: { cacheID: "viewer", id: null, metadata: {}, name: "Viewer", operationKind: "query", text: VIEWER },
} as const;
