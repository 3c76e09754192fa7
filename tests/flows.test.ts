import assert from "node:assert/strict";
import { graphql } from "../src/client/graphql.ts";
import { startApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";

const Start = graphql(`
  mutation Start($input: StartModalTokenFlowInput) {
    startModalTokenFlow(input: $input) {
      __typename
      ... on ModalTokenFlowStarted { flow { id webUrl code status tokenFlowId } }
      ... on AuthError { code message actionRequired }
    }
  }
`);
const Watch = graphql(`
  subscription Watch($id: ID!) {
    modalTokenFlow(id: $id) { status attempt workspace steps { name } credential { id health tokenId } failure { code } }
  }
`);

onEachDatabase("a Modal flow goes from start to verified tokens, every step live", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { startModalTokenFlow: started } = await operator.request(Start, {});
  assert(started.__typename === "ModalTokenFlowStarted");
  const seen: string[] = [];
  for await (const { modalTokenFlow: flow } of operator.subscribe(Watch, { id: started.flow.id })) {
    seen.push(flow.status);
    if (flow.attempt === 1 && flow.status === "WAITING") app.modal.approve(started.flow.tokenFlowId ?? "");
    if (flow.status === "SUCCEEDED") {
      assert.equal(flow.credential?.health, "HEALTHY");
      assert.deepEqual(flow.steps.map((step) => step.name), [
        "client_ready",
        "flow_created",
        "waiting",
        "tokens_received",
        "verified",
      ]);
    }
  }
  assert.equal(seen.at(-1), "SUCCEEDED");
});
