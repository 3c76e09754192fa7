import { graphql } from "relay-runtime";

// Relay's compiler reads this file. It writes the operations, and the query that loads the fragment again by the
// user's id, to `__generated__`.

export const query = graphql`
  query profileQuery {
    viewer { ...profile_user }
  }
`;

export const user = graphql`
  fragment profile_user on User @refetchable(queryName: "profileRefetchQuery") {
    id
    username
    state
  }
`;
