import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListOperators = graphql(`
  query ListAllOperators {
    operators { id name role createdAt expiresAt lastUsedAt revokedAt }
  }
`);

export const RevokeAnOperator = graphql(`
  mutation RevokeAnOperator($id: ID!) {
    revokeOperator(id: $id) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export type OperatorRow = ResultOf<typeof ListOperators>["operators"][number];
