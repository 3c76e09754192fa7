import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const TailEvents = graphql(`
  subscription TailEvents($after: String, $subject: String) {
    events(after: $after, subject: $subject) {
      cursor id at type actor userId sessionId flowId credentialId ipAddress requestId data
    }
  }
`);

export const PastEvents = graphql(`
  query PastEvents(
    $last: Int!, $before: String, $types: [String!], $userId: ID, $flowId: ID, $credentialId: ID,
    $ipAddress: String, $since: DateTime, $until: DateTime, $reason: String, $subject: String, $text: String,
    $counts: Boolean = false
  ) {
    events(
      last: $last, before: $before, types: $types, userId: $userId, flowId: $flowId, credentialId: $credentialId,
      ipAddress: $ipAddress, since: $since, until: $until, reason: $reason, subject: $subject, text: $text
    ) {
      nodes { cursor id at type actor userId sessionId flowId credentialId ipAddress requestId data }
      pageInfo { hasPreviousPage startCursor }
      totalCount @include(if: $counts)
    }
  }
`);

export type AuthEvent = ResultOf<typeof PastEvents>["events"]["nodes"][number];
