import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListKeys = graphql(`
  query ListKeys { signingKeys { id algorithm createdAt signsFrom signs } }
`);

export const RotateKeys = graphql(`
  mutation RotateKeys {
    rotateSigningKey {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export type KeyRow = ResultOf<typeof ListKeys>["signingKeys"][number];
