import { graphql } from "../client/operator/graphql.ts";

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
