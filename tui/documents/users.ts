import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const SearchUsers = graphql(`
  query SearchUsers($search: String, $last: Int!, $before: String) {
    users(last: $last, before: $before, search: $search) {
      totalCount
      pageInfo { hasPreviousPage startCursor }
      nodes {
        id username email emailVerified name isGuest disabled state allowedTransitions roles methods createdAt lastSignInAt
        stateMetadata
      }
    }
  }
`);

/** What only the detail of one user shows. */
export const OneUser = graphql(`
  query OneUser($id: ID!) {
    user(id: $id) { factors { id kind name createdAt lastUsedAt remaining } }
    userSessions(userId: $id) { id method transport assurance lastSeenAt ipAddress }
  }
`);

/** The names of at most 100 users. */
export const NamesOfUsers = graphql(`
  query NamesOfUsers($ids: [ID!]!) {
    nodes(ids: $ids) { ... on User { id username email } }
  }
`);

export const SetUserDisabled = graphql(`
  mutation SetUserDisabled($id: ID!, $disabled: Boolean!) {
    setUserDisabled(userId: $id, disabled: $disabled) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export const MoveUser = graphql(`
  mutation MoveUser($id: ID!, $to: UserState!) {
    transitionUserState(userId: $id, to: $to) {
      __typename
      ... on StateChanged { authState { currentState } }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export const ResetFactors = graphql(`
  mutation ResetFactors($id: ID!) {
    resetUserFactors(userId: $id) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export const DeleteUser = graphql(`
  mutation DeleteAUser($id: ID!) {
    deleteUser(userId: $id) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export type UserRow = ResultOf<typeof SearchUsers>["users"]["nodes"][number];
export type OneUserDetail = ResultOf<typeof OneUser>;
export type Factor = NonNullable<OneUserDetail["user"]>["factors"][number];
export type UserState = UserRow["state"];
