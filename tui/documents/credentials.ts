import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListCredentials = graphql(`
  query ListCredentials($last: Int!, $before: String, $onlyTroubled: Boolean) {
    credentials(last: $last, before: $before, onlyTroubled: $onlyTroubled) {
      pageInfo { hasPreviousPage startCursor }
      nodes {
        id provider label tokenId scopes health valid expired needsRefresh hasRefreshToken
        createdAt expiresAt lastCheckedAt lastRefreshedAt lastFailure authorizationUrl
        owner { id username email }
      }
    }
  }
`);

export const OneCredential = graphql(`
  query OneCredential($id: ID!) {
    credential(id: $id) {
      id provider label tokenId scopes health valid expired needsRefresh hasRefreshToken
      createdAt expiresAt lastCheckedAt lastRefreshedAt lastFailure authorizationUrl
      owner { id username email }
    }
  }
`);

export type CredentialRow = ResultOf<typeof ListCredentials>["credentials"]["nodes"][number];
