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

onEachDatabase("for an unknown flow, queries return null and others FLOW_NOT_FOUND", async (database) => {
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

onEachDatabase("invalid start input is INVALID_INPUT, without a call to Modal", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const invalid: StartInput[] = [
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
  for (const input of invalid) {
    const { startModalTokenFlow: answer } = await operator.request(StartFlow, { input });
    assert.equal(codeOf(answer), "INVALID_INPUT", JSON.stringify(input));
  }
  assert.equal(app.modal.calls.length, 0);
  const flows = await app.services.db.selectFrom("flows").select("id").execute();
  assert.equal(flows.length, 0);
});

onEachDatabase("valid start input is passed to Modal unchanged", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const input = { localhostPort: 65_535, expiresInSeconds: 3600, nextUrl: "/home", utmSource: "docs" };
  await startFlow(operator, { ...input, wait: false });
  assert.deepEqual(app.modal.calls.find(({ method }) => method === "TokenFlowCreate")?.request, input);
});

onEachDatabase("READ can see but not change a flow; without a token it is hidden", async (database) => {
  await using app = await startApp({ database });
  const [operator, reader, anonymous] = [
    await app.operator("OPERATE"),
    await app.operator("READ"),
    app.client(),
  ];
  const { id } = await startFlow(operator, { wait: false });
  for (const [client, code] of [[reader, "FORBIDDEN"], [anonymous, "UNAUTHENTICATED"]] as const) {
    assert.equal(codeOf(await wait(client, id)), code);
    assert.equal(codeOf(await cancel(client, id)), code);
    assert.equal(codeOf((await client.request(StartFlow, {})).startModalTokenFlow), code);
  }
  assert.equal((await readFlow(reader, id)).status, "PENDING");
  await assert.rejects(anonymous.request(AnyFlow, { id }), { code: "UNAUTHENTICATED" });
  await assert.rejects(async () => {
    for await (const _ of anonymous.subscribe(WatchFlow, { id }));
  }, { code: "UNAUTHENTICATED" });
});

onEachDatabase(
  "R40: the flows of one user per hour are limited, and those of operators are not",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_MODAL_FLOWS_PER_USER_HOUR: "2" } });
    const client = app.client((await newPerson(app)).accessToken);
    for (let n = 0; n < 2; n++) await startFlow(client);
    // Polls for the first two flows run at the same time, so only creations are counted.
    const created = () => app.modal.calls.filter(({ method }) => method === "TokenFlowCreate").length;
    assert.equal(created(), 2);
    assert.equal(codeOf((await client.request(StartFlow, {})).startModalTokenFlow), "RATE_LIMITED");
    assert.equal(created(), 2, "Modal is not called");
    await startFlow(app.client((await newPerson(app)).accessToken));
    const operator = await app.operator();
    for (let n = 0; n < 3; n++) await startFlow(operator);
  },
);
