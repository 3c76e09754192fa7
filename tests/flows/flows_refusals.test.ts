import assert from "node:assert/strict";
import { graphql } from "../../src/client/operator/graphql.ts";
import { newId } from "../../src/lib/ids.ts";
import { startApp } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import {
  cancel,
  codeOf,
  readFlow,
  StartFlow,
  startFlow,
  type StartInput,
  wait,
  WatchFlow,
} from "../support/modal_flows.ts";
import { newPerson } from "../support/people.ts";

const AnyFlow = graphql(`query AnyFlow($id: ID!) { flow(id: $id) { id } }`);

onEachDatabase("a flow that is not there: null to a query, FLOW_NOT_FOUND to the rest", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  for (
    const id of [
      newId("flw"),
      newId("crd"),
      "",
      "flw_",
      "tf-1",
      "' or true --",
      "flw_\u0000",
      "x".repeat(500),
    ]
  ) {
    assert.equal((await operator.request(AnyFlow, { id })).flow, null, id);
    assert.equal(codeOf(await wait(operator, id)), "FLOW_NOT_FOUND", id);
    assert.equal(codeOf(await cancel(operator, id)), "FLOW_NOT_FOUND", id);
    await assert.rejects(async () => {
      for await (const _ of operator.subscribe(WatchFlow, { id }));
    }, { code: "FLOW_NOT_FOUND" });
  }
});

onEachDatabase("what makes no sense to start with is INVALID_INPUT, Modal not asked", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const senseless: StartInput[] = [
    { localhostPort: -1 },
    { localhostPort: 65_536 },
    { expiresInSeconds: -1 },
    { nextUrl: "home" },
    { nextUrl: "//evil.example" },
    { nextUrl: "/\\evil.example" },
    { nextUrl: "https://evil.example/" },
    { nextUrl: "/a b" },
    { nextUrl: `/${"x".repeat(500)}` },
    { utmSource: "x".repeat(101) },
    { utmSource: "line\nbreak" },
  ];
  for (const input of senseless) {
    const { startModalTokenFlow: answer } = await operator.request(StartFlow, { input });
    assert.equal(codeOf(answer), "INVALID_INPUT", JSON.stringify(input));
  }
  assert.equal(app.modal.calls.length, 0);
  const flows = await app.services.db.selectFrom("flows").select("id").execute();
  assert.equal(flows.length, 0);
});

onEachDatabase("what makes sense reaches Modal as it was given", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const input = { localhostPort: 65_535, expiresInSeconds: 3600, nextUrl: "/home", utmSource: "docs" };
  await startFlow(operator, { ...input, wait: false });
  assert.deepEqual(app.modal.calls.find(({ method }) => method === "TokenFlowCreate")?.request, input);
});

onEachDatabase("READ sees a flow and changes nothing; nobody does not even see it", async (database) => {
  await using app = await startApp({ database });
  const [operator, reader, nobody] = [
    await app.operator("OPERATE"),
    await app.operator("READ"),
    app.client(),
  ];
  const { id } = await startFlow(operator, { wait: false });
  for (const [client, code] of [[reader, "FORBIDDEN"], [nobody, "UNAUTHENTICATED"]] as const) {
    assert.equal(codeOf(await wait(client, id)), code);
    assert.equal(codeOf(await cancel(client, id)), code);
    assert.equal(codeOf((await client.request(StartFlow, {})).startModalTokenFlow), code);
  }
  assert.equal((await readFlow(reader, id)).status, "PENDING");
  await assert.rejects(nobody.request(AnyFlow, { id }), { code: "UNAUTHENTICATED" });
  await assert.rejects(async () => {
    for await (const _ of nobody.subscribe(WatchFlow, { id }));
  }, { code: "UNAUTHENTICATED" });
});

onEachDatabase(
  "R40: one person starts so many flows an hour; operators are not counted",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_MODAL_FLOWS_PER_USER_HOUR: "2" } });
    const client = app.client((await newPerson(app)).accessToken);
    for (let n = 0; n < 2; n++) await startFlow(client);
    // Beside these it is being waited for the first two.
    const created = () => app.modal.calls.filter(({ method }) => method === "TokenFlowCreate").length;
    assert.equal(created(), 2);
    assert.equal(codeOf((await client.request(StartFlow, {})).startModalTokenFlow), "RATE_LIMITED");
    assert.equal(created(), 2, "Modal is not asked");
    await startFlow(app.client((await newPerson(app)).accessToken));
    const operator = await app.operator();
    for (let n = 0; n < 3; n++) await startFlow(operator);
  },
);
