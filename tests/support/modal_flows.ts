import assert from "node:assert/strict";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql, type ResultOf, type VariablesOf } from "../../src/client/operator/graphql.ts";
import { eventually } from "./eventually.ts";

export const StartFlow = graphql(`
  mutation StartFlow($input: StartModalTokenFlowInput) {
    startModalTokenFlow(input: $input) {
      __typename
      ... on ModalTokenFlowStarted { flow { id status webUrl code tokenFlowId expiresAt } }
      ... on AuthError { code message actionRequired retryAfterSeconds }
    }
  }
`);

export const WaitForFlow = graphql(`
  mutation WaitForFlow($id: ID!) {
    waitForModalTokenFlow(id: $id) {
      __typename
      ... on FlowChanged { flow { id status } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const CancelFlow = graphql(`
  mutation CancelFlow($id: ID!) {
    cancelFlow(id: $id) {
      __typename
      ... on FlowChanged { flow { id status } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const WatchFlow = graphql(`
  subscription WatchFlow($id: ID!) {
    modalTokenFlow(id: $id) { status attempt code failure { code } credential { health } }
  }
`);

const ReadFlow = graphql(`
  query ReadFlow($id: ID!) {
    flow(id: $id) {
      id status
      failure { code message actionRequired }
      steps { name message data }
      ... on ModalTokenFlow {
        attempt code workspace tokenFlowId credential { id health tokenId lastFailure }
      }
    }
  }
`);

export type StartInput = NonNullable<VariablesOf<typeof StartFlow>["input"]>;
export type FlowSeen = Extract<NonNullable<ResultOf<typeof ReadFlow>["flow"]>, { workspace: unknown }>;
export type Status = FlowSeen["status"];

/** Starts a flow and its wait. Fails if it is refused. */
export async function startFlow(client: Client, input: StartInput = {}) {
  const { startModalTokenFlow: answer } = await client.request(StartFlow, { input });
  assert(answer.__typename === "ModalTokenFlowStarted", `${answer.__typename}`);
  return { ...answer.flow, tokenFlowId: answer.flow.tokenFlowId ?? "" };
}

export async function readFlow(client: Client, id: string): Promise<FlowSeen> {
  const { flow } = await client.request(ReadFlow, { id });
  assert(flow && "workspace" in flow, "there is no such flow");
  return flow;
}

/** Waits until the flow has this status, and returns it. */
export function flowWhen(client: Client, id: string, status: Status, seconds = 15): Promise<FlowSeen> {
  return eventually(`the flow is ${status}`, async () => {
    const flow = await readFlow(client, id);
    return flow.status === status && flow;
  }, seconds);
}

export async function wait(client: Client, id: string) {
  return (await client.request(WaitForFlow, { id })).waitForModalTokenFlow;
}

export async function cancel(client: Client, id: string) {
  return (await client.request(CancelFlow, { id })).cancelFlow;
}

export function stepNames(flow: FlowSeen): string[] {
  return flow.steps.map((step) => step.name);
}

/** Asserts that the answer is an error, and returns its code. */
export function codeOf(answer: { __typename: string; code?: unknown }): unknown {
  assert("code" in answer, `${answer.__typename} is not an error`);
  return answer.code;
}
