import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const Why = graphql(`
  query Why($identifier: String!) {
    diagnose(identifier: $identifier) {
      subject
      user { id username email name }
      findings { code cause cure since until events { id at type actor ipAddress } }
      timeline(last: 80) {
        nodes { cursor id at type actor userId sessionId flowId credentialId ipAddress requestId data }
      }
    }
  }
`);

export const ClearLimits = graphql(`
  mutation ClearLimits($identifier: String!) {
    clearLimits(identifier: $identifier) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export type Diagnosis = ResultOf<typeof Why>["diagnose"];
export type Finding = Diagnosis["findings"][number];
