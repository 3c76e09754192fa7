import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { requestCode } from "../support/codes.ts";
import { newCredential } from "../support/credentials.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { cancel, startFlow } from "../support/modal_flows.ts";
import { newPerson, type Person } from "../support/people.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { post } from "../support/wire.ts";

type Node = { __typename: string; id: string } | null;

const NODE = `query ($id: ID!) { node(id: $id) { __typename id
  ... on User { username } ... on Session { method } ... on Credential { provider } ... on Flow { kind }
  ... on Mail { status } ... on Operator { role } } }`;

const NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

async function nodeOf(app: TestApp, id: string, token?: string): Promise<Node> {
  const { data, errors } = await post(app, NODE, { token, variables: { id } });
  assert.deepEqual(errors, []);
  return data?.["node"] as Node;
}

async function codeOf(app: TestApp, query: string, variables: Record<string, unknown>, token?: string) {
  const { errors } = await post(app, query, { token, variables });
  return errors[0]?.extensions?.code;
}

/** One object of each type, by the name of its type: a user's objects, and objects that only operators can see. */
async function oneOfEach(app: TestApp, ada: Person, operatorToken: string) {
  const client = app.client(ada.accessToken);
  const { id: credential } = await newCredential(app, client);
  const { id: flow } = await startFlow(client);
  await requestCode(app, "ada@sallyport.test");
  const { data } = await post(app, "{ mails(first: 1) { nodes { id } } operator { id } }", {
    token: operatorToken,
  });
  const { mails, operator } = data as { mails: { nodes: { id: string }[] }; operator: { id: string } };
  return {
    own: { User: ada.id, Session: ada.sessionId, Credential: credential, ModalTokenFlow: flow },
    operators: { Mail: mails.nodes[0]?.id ?? "", Operator: operator.id },
  };
}

onEachDatabase(
  "node returns an object of each type to its owner and to operators, and not to other users",
  async (database) => {
    await using app = await startApp({ database });
    const [ada, eve] = [await newPerson(app), await newPerson(app)];
    const operatorToken = await app.operatorToken("READ");
    const { own, operators } = await oneOfEach(app, ada, operatorToken);
    for (const [type, id] of Object.entries({ ...own, ...operators })) {
      assert.equal((await nodeOf(app, id, operatorToken))?.__typename, type);
      assert.equal(await nodeOf(app, id, eve.accessToken), null, type);
      assert.equal(await codeOf(app, NODE, { id }), "UNAUTHENTICATED", type);
    }
    for (const [type, id] of Object.entries(own)) {
      const node = await nodeOf(app, id, ada.accessToken);
      assert.deepEqual([node?.__typename, node?.id], [type, id]);
    }
    for (const id of Object.values(operators)) assert.equal(await nodeOf(app, id, ada.accessToken), null);
    await cancel(app.client(ada.accessToken), own.ModalTokenFlow);
  },
);

onEachDatabase(
  "an anonymous caller reads a flow by its id with the key, and not by its id alone",
  async (database) => {
    await using app = await startApp({ database });
    const { flow: { id } } = await requestCode(app, "ada@sallyport.test");
    const node = await nodeOf(app, id);
    assert.deepEqual([node?.__typename, node?.id], ["EmailCodeFlow", id]);
    const [plain = "", key = ""] = id.split(".");
    const { accessToken } = await newPerson(app);
    assert.equal(await nodeOf(app, plain, accessToken), null);
    assert.equal(
      await nodeOf(app, `${plain}.${key.replace(/^./, (first) => first === "A" ? "B" : "A")}`),
      null,
    );
  },
);

onPglite(
  "node is null for malformed and unknown ids, ended sessions and events",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const token = await app.operatorToken("READ");
    const { data } = await post(app, "{ events(first: 1) { nodes { id } } }", { token });
    const { nodes: [event] } = data?.["events"] as { nodes: { id: string }[] };
    await post(app, "mutation { signOut { __typename } }", { token: ada.accessToken });
    const unknown = `${ada.id.slice(0, -4)}0000`;
    for (
      const id of [
        "",
        "usr_",
        "x",
        `${ada.id}.x`,
        ada.id.toUpperCase(),
        unknown,
        ada.sessionId,
        event?.id ?? "",
      ]
    ) {
      assert.equal(await nodeOf(app, id, token), null, id);
    }
  },
);

onPglite(
  "nodes keeps the order, with null for objects that the caller may not see, in one query",
  async (database) => {
    await using app = await startApp({ database: measured(database) });
    const [ada, eve] = [await newPerson(app), await newPerson(app)];
    const client = app.client(ada.accessToken);
    const credentials = [await newCredential(app, client), await newCredential(app, client)];
    const ids = [credentials[1]!.id, eve.id, credentials[0]!.id, "x", credentials[1]!.id];
    const ask = () => post(app, NODES, { token: ada.accessToken, variables: { ids } });
    const { data } = await ask();
    assert.deepEqual((data?.["nodes"] as Node[]).map((node) => node?.id ?? null), [
      ids[0],
      null,
      ids[2],
      null,
      ids[4],
    ]);
    const one = await roundTripsOf(() =>
      post(app, NODES, { token: ada.accessToken, variables: { ids: [ids[0]] } })
    );
    assert.equal(await roundTripsOf(ask), one);
    const tooMany = Array.from({ length: 101 }, () => ada.id);
    assert.equal(await codeOf(app, NODES, { ids: tooMany }, ada.accessToken), "INVALID_INPUT");
  },
);

onPglite("every connection counts its objects, and an empty page has no cursors", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const client = app.client(ada.accessToken);
  for (let count = 0; count < 3; count++) await newCredential(app, client);
  const PAGE = `query ($first: Int, $after: String) { credentials(first: $first, after: $after) {
    totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
  type Page = {
    totalCount: number;
    nodes: { id: string }[];
    pageInfo: {
      startCursor: string | null;
      endCursor: string | null;
      hasNextPage: boolean;
      hasPreviousPage: boolean;
    };
  };
  const page = async (variables: Record<string, unknown>) =>
    (await post(app, PAGE, { token: ada.accessToken, variables })).data?.["credentials"] as Page;
  const all = await page({ first: 3 });
  assert.equal(all.totalCount, 3);
  const none = { startCursor: null, endCursor: null };
  assert.deepEqual(await page({ first: 0 }), {
    totalCount: 3,
    nodes: [],
    pageInfo: { ...none, hasNextPage: true, hasPreviousPage: false },
  });
  const { endCursor } = all.pageInfo;
  assert.deepEqual((await page({ first: 3, after: endCursor })).pageInfo, {
    ...none,
    hasNextPage: false,
    hasPreviousPage: true,
  });
  const counts = "{ events { totalCount } flows { totalCount } credentials { totalCount } }";
  const own = (await post(app, counts, { token: ada.accessToken })).data;
  assert.deepEqual(own?.["flows"], { totalCount: 0 });
  const { totalCount } = own?.["events"] as { totalCount: number };
  const { data } = await post(app, "{ events(last: 100) { nodes { id } } }", { token: ada.accessToken });
  assert.equal(totalCount, (data?.["events"] as { nodes: unknown[] }).nodes.length);
  const operators = "{ users { totalCount } allSessions { totalCount } mails { totalCount } }";
  const seen = (await post(app, operators, { token: await app.operatorToken("READ") })).data;
  assert.deepEqual(seen, {
    users: { totalCount: 1 },
    allSessions: { totalCount: 1 },
    mails: { totalCount: 0 },
  });
});
