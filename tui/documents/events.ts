import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const TailEvents = graphql(`
  subscription TailEvents($after: String) {
    events(after: $after) {
      cursor id at type actor userId sessionId flowId credentialId ipAddress data
    }
  }
`);

export const PastEvents = graphql(`
  query PastEvents(
    $last: Int!, $before: String, $types: [String!], $userId: ID, $flowId: ID, $credentialId: ID
  ) {
    events(
      last: $last, before: $before, types: $types, userId: $userId, flowId: $flowId, credentialId: $credentialId
    ) {
      nodes { cursor id at type actor userId sessionId flowId credentialId ipAddress data }
    }
  }
`);

export type AuthEvent = ResultOf<typeof PastEvents>["events"]["nodes"][number];
