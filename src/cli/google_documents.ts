import { graphql } from "../client/graphql.ts";

export const Start = graphql(`
  mutation StartGoogleAuthorization($input: StartGoogleAuthorizationInput!) {
    startGoogleAuthorization(input: $input) {
      __typename
      ... on GoogleAuthorizationStarted { flow { id } page: authorizationUrl }
      ... on AuthError { code message actionRequired }
    }
  }
`);

export const Complete = graphql(`
  mutation CompleteGoogleAuthorization($input: CompleteGoogleAuthorizationInput!) {
    completeGoogleAuthorization(input: $input) {
      __typename
      ... on FlowChanged { flow { id status ... on GoogleAuthorizationFlow { credential { id label health } } } }
      ... on AuthError { code message actionRequired }
    }
  }
`);
