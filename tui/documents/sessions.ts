import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListSessions = graphql(`
  query ListSessions($last: Int!, $before: String, $search: String) {
    allSessions(last: $last, before: $before, search: $search) {
      pageInfo { hasPreviousPage startCursor }
      nodes {
        id method transport assurance amr createdAt authenticatedAt lastSeenAt expiresAt ipAddress userAgent
        user { id username email }
      }
    }
  }
`);

export const SessionsOfUser = graphql(`
  query SessionsOfUser($userId: ID!) {
    userSessions(userId: $userId) {
      id method transport assurance amr createdAt authenticatedAt lastSeenAt expiresAt ipAddress userAgent
      user { id username email }
    }
  }
`);

export const EndSessionsOfUser = graphql(`
  mutation EndSessionsOfUser($userId: ID!) {
    revokeUserSessions(userId: $userId) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export type SessionRow = ResultOf<typeof SessionsOfUser>["userSessions"][number];
