import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import own from "../../src/http/graphql/own_documents.json" with { type: "json" };
import published from "../../src/client/trusted_documents.json" with { type: "json" };
import { createSallyport } from "../../src/client/sallyport.ts";
import { SearchUsers } from "../../tui/documents/users.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, PASSWORD, VIEWER } from "../support/people.ts";
import { ask, ENDPOINT, listenWithWebSockets, post } from "../support/wire.ts";

const NAMES = "query Names { viewer { username } }";

/** Manifests in the forms that tools write, with the document `NAMES` as "names". */
const MANIFESTS = {
  "GraphQL Code Generator and Relay": { names: NAMES },
  Apollo: {
    format: "apollo-persisted-query-manifest",
    version: 1,
    operations: [{ id: "names", name: "Names", type: "query", body: NAMES }],
  },
};

/** The forms in which clients send a document's id. */
const BY_ID = [
  { documentId: "names" },
  { doc_id: "names" },
  { extensions: { persistedQuery: { version: 1, sha256Hash: "names" } } },
];

async function withManifest(manifest: unknown, run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify(manifest));
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

function send(app: TestApp, body: unknown, token?: string) {
  const headers = {
    "content-type": "application/json",
    ...(token && { authorization: `Bearer ${token}` }),
  };
  return ask(app, new Request(ENDPOINT, { method: "POST", headers, body: JSON.stringify(body) }));
}

for (const [tool, manifest] of Object.entries(MANIFESTS)) {
  onPglite(
    `with TRUSTED_DOCUMENTS=also, a document of ${tool}'s manifest runs by its id`,
    async (database) => {
      await withManifest(manifest, async (path) => {
        const env = { TRUSTED_DOCUMENTS: "also", TRUSTED_DOCUMENTS_FILE: path };
        await using app = await startApp({ database, env });
        const { accessToken, username } = await newPerson(app);
        for (const body of BY_ID) {
          assert.deepEqual((await send(app, body, accessToken)).data, { viewer: { username } });
        }
        const unknown = await send(app, { documentId: "other" }, accessToken);
        assert.equal(unknown.errors[0]?.message, "PersistedQueryNotFound");
        assert.deepEqual((await post(app, "{ authState { currentState } }")).data, {
          authState: { currentState: "VISITOR" },
        });
      });
    },
  );
}

onPglite("with TRUSTED_DOCUMENTS=only, no other document runs, over HTTP or WebSocket", async (database) => {
  await withManifest({ names: NAMES }, async (path) => {
    const env = { TRUSTED_DOCUMENTS: "only", TRUSTED_DOCUMENTS_FILE: path };
    await using app = await startApp({ database, env });
    await using server = await listenWithWebSockets(app);
    const others = ["{ __typename }", "{ viewer { username } }", `${NAMES} query Other { __typename }`];
    for (const query of others) {
      const headers = { accept: "application/graphql-response+json" };
      const { status, data, errors } = await post(app, query, { headers });
      assert.deepEqual([status, data, errors[0]?.extensions?.code], [400, undefined, "DOCUMENT_NOT_TRUSTED"]);
    }
    const reformatted = "query Names{viewer{username}}  # as text";
    assert.deepEqual((await post(app, reformatted)).data, { viewer: null });
    const client = createClient({ url: server.wsUrl, retryAttempts: 0 });
    const first = async (payload: { query: string; extensions?: Record<string, unknown> }) =>
      (await client.iterate(payload).next()).value;
    assert.deepEqual((await first({ query: "", ...BY_ID[2] })).data, { viewer: null });
    await assert.rejects(
      first({ query: "{ __typename }" }),
      ([error]: { extensions: { code: string } }[]) => error?.extensions.code === "DOCUMENT_NOT_TRUSTED",
    );
    await client.dispose();
  });
});

onPglite("with TRUSTED_DOCUMENTS=only, Sallyport's own clients work", async (database) => {
  await using app = await startApp({ database, env: { TRUSTED_DOCUMENTS: "only" } });
  const client = createSallyport({ url: "http://127.0.0.1:4000", fetch: (request) => app.fetch(request) });
  await client.register({ username: "ada", password: PASSWORD });
  await client.signInWithPassword("ada", PASSWORD);
  assert.equal((await client.authState()).user?.username, "ada");
  await assert.rejects(client.request(VIEWER), { code: "DOCUMENT_NOT_TRUSTED" });
  client.close();
  const { users } = await (await app.operator("READ")).request(SearchUsers, { search: "ada", last: 5 });
  assert.deepEqual(users.nodes.map(({ username }) => username), ["ada"]);
  assert.ok(Object.values(published).every((text) => own.includes(text)));
  assert.ok(own.length > Object.keys(published).length + 20, `${own.length} documents`);
});
