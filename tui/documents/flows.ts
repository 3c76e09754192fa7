import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListFlows = graphql(`
  query ListFlows($last: Int!, $before: String, $onlyTroubled: Boolean) {
    flows(last: $last, before: $before, onlyTroubled: $onlyTroubled) {
      pageInfo { hasPreviousPage startCursor }
      nodes {
        id kind status createdAt updatedAt expiresAt
        failure { code message }
        user { id username email }
        ... on EmailCodeFlow { email }
        ... on ModalTokenFlow { workspace attempt maxAttempts steps { name message } }
      }
    }
  }
`);

export const OneFlow = graphql(`
  query OneFlow($id: ID!) {
    flow(id: $id) {
      id kind status createdAt updatedAt expiresAt
      failure { code message }
      user { id username email }
      ... on EmailCodeFlow { email }
      ... on ModalTokenFlow { workspace attempt maxAttempts steps { name message } }
    }
  }
`);

export const WatchFlow = graphql(`
  subscription WatchFlow($id: ID!) {
    flow(id: $id) {
      id kind status createdAt updatedAt expiresAt
      failure { code message actionRequired }
      user { id username email }
      steps { at name message data }
      ... on ModalTokenFlow {
        tokenFlowId webUrl code attempt maxAttempts pollSeconds workspace credential { id label tokenId health }
      }
      ... on GoogleAuthorizationFlow { authorizationUrl mode scopes credential { id label tokenId health } }
      ... on EmailCodeFlow { email attemptsLeft resendAt }
      ... on SecondFactorFlow { factors attemptsLeft }
    }
  }
`);

export type FlowRow = ResultOf<typeof ListFlows>["flows"]["nodes"][number];
export type FlowDetail = ResultOf<typeof WatchFlow>["flow"];
export type ModalFlowDetail = Extract<FlowDetail, { webUrl: unknown }>;
export type GoogleFlowDetail = Extract<FlowDetail, { authorizationUrl: unknown }>;
export type FlowStep = FlowDetail["steps"][number];
