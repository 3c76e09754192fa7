import { graphql } from "../client/operator/graphql.ts";

export const Start = graphql(`
  mutation StartModalTokenFlow($input: StartModalTokenFlowInput) {
    startModalTokenFlow(input: $input) {
      __typename
      ... on ModalTokenFlowStarted { flow { id tokenFlowId webUrl code expiresAt } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const Watch = graphql(`
  subscription WatchModalTokenFlow($id: ID!) {
    modalTokenFlow(id: $id) {
      status attempt maxAttempts pollSeconds workspace
      failure { code message actionRequired }
      credential { id label tokenId health }
    }
  }
`);

export const Server = graphql(`query Server { server { modalServerUrl } }`);

export const Credentials = graphql(`
  query ModalCredentials { credentials(provider: MODAL, last: 100) { nodes { id label tokenId health } } }
`);

export const Verify = graphql(`
  mutation VerifyModalCredential($id: ID!) {
    verifyModalCredential(id: $id) {
      __typename
      ... on ModalVerified {
        credential { id health }
        info { tokenId tokenName workspaceId workspaceName username createdAt expiresAt }
      }
      ... on AuthError { code message actionRequired }
    }
  }
`);
