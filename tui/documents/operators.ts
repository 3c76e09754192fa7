import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListOperators = graphql(`
  query ListAllOperators {
    operators { id name role createdAt expiresAt lastUsedAt revokedAt }
    apiKeys { name createdBy { id } }
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

/** An operator, and the names of the valid API keys that they created. */
export type OperatorRow = ResultOf<typeof ListOperators>["operators"][number] & { keys: string[] };

/** Returns the operators with their API keys. */
export function operatorRows({ operators, apiKeys }: ResultOf<typeof ListOperators>): OperatorRow[] {
  const keysOf = (id: string) =>
    apiKeys.filter(({ createdBy }) => createdBy?.id === id).map(({ name }) => name);
  return operators.map((operator) => ({ ...operator, keys: keysOf(operator.id) }));
}
