import { graphql } from "./graphql.ts";

// Operations that both the command line and the terminal use, and that the published client does not have.

export const StartModalTokenFlow = graphql(`
  mutation StartModalTokenFlow($input: StartModalTokenFlowInput) {
    startModalTokenFlow(input: $input) {
      __typename
      ... on ModalTokenFlowStarted { flow { id tokenFlowId webUrl code expiresAt } }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export const VerifyModalCredential = graphql(`
  mutation VerifyModalCredential($id: ID!) {
    verifyModalCredential(id: $id) {
      __typename
      ... on ModalVerified {
        credential { id health }
        info { tokenId tokenName workspaceId workspaceName username createdAt expiresAt }
      }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export const CompleteGoogleAuthorization = graphql(`
  mutation CompleteGoogleAuthorization($input: CompleteGoogleAuthorizationInput!) {
    completeGoogleAuthorization(input: $input) {
      __typename
      ... on FlowChanged { flow { id status ... on GoogleAuthorizationFlow { credential { id label health } } } }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export const RevealCredential = graphql(`
  mutation RevealCredential($id: ID!) {
    revealCredential(id: $id) {
      __typename
      ... on RevealedCredential { secret }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);
