import { graphql } from "./graphql.ts";

// What an operator does at the command line and in the terminal alike.

export const StartGoogleAuthorization = graphql(`
  mutation StartGoogleAuthorization($input: StartGoogleAuthorizationInput!) {
    startGoogleAuthorization(input: $input) {
      __typename
      ... on GoogleAuthorizationStarted { flow { id } page: authorizationUrl }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const CompleteGoogleAuthorization = graphql(`
  mutation CompleteGoogleAuthorization($input: CompleteGoogleAuthorizationInput!) {
    completeGoogleAuthorization(input: $input) {
      __typename
      ... on FlowChanged { flow { id status ... on GoogleAuthorizationFlow { credential { id label health } } } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const WaitAgain = graphql(`
  mutation WaitAgain($id: ID!) {
    waitForModalTokenFlow(id: $id) {
      __typename
      ... on FlowChanged { flow { id } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const CancelFlow = graphql(`
  mutation CancelFlow($id: ID!) {
    cancelFlow(id: $id) {
      __typename
      ... on FlowChanged { flow { id } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const RevealCredential = graphql(`
  mutation RevealCredential($id: ID!) {
    revealCredential(id: $id) {
      __typename
      ... on RevealedCredential { secret }
      ... on AuthError { code message actionRequired }
    }
  }
`);
