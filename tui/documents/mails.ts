import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

export const ListMails = graphql(`
  query ListMails($last: Int!, $before: String) {
    mails(last: $last, before: $before) {
      pageInfo { hasPreviousPage startCursor }
      nodes { id to subject status attempts lastError createdAt sentAt flowId }
    }
  }
`);

export const ResendMail = graphql(`
  mutation ResendAMail($id: ID!) {
    resendMail(id: $id) {
      __typename
      ... on Done { message }
      ... on AuthError { code message actionRequired requestId }
    }
  }
`);

export type MailRow = ResultOf<typeof ListMails>["mails"]["nodes"][number];
