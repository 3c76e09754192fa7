import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListCredentials = graphql(`
  query ListCredentials($last: Int!, $before: String) {
    credentials(last: $last, before: $before) {
      pageInfo { hasPreviousPage startCursor }
      nodes {
        id provider label tokenId scopes health valid expired needsRefresh hasRefreshToken
        createdAt expiresAt lastCheckedAt lastRefreshedAt lastFailure authorizationUrl
        owner { id username email }
      }
    }
  }
`);

export const VerifyCredential = graphql(`
  mutation VerifyCredential($id: ID!) {
    verifyModalCredential(id: $id) {
      __typename
      ... on ModalVerified { info { tokenId workspaceName username } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const RefreshCredential = graphql(`
  mutation RefreshACredential($id: ID!) {
    refreshCredential(id: $id) {
      __typename
      ... on CredentialChanged { credential { expiresAt } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const RevokeCredential = graphql(`
  mutation RevokeACredential($id: ID!) {
    revokeCredential(id: $id) {
      __typename
      ... on CredentialChanged { credential { lastFailure } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export type CredentialRow = ResultOf<typeof ListCredentials>["credentials"]["nodes"][number];
