/** Other projects' clients, as their documentation shows, that renew an expired token. */
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { ErrorLink } from "@apollo/client/link/error";
import { Client, fetchExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { from, switchMap } from "rxjs";
import type { ExpiringSession } from "./expiring_session.ts";

/** The header with the application's token. */
export const bearer = (session: ExpiringSession) => ({ authorization: `Bearer ${session.token()}` });

export function urqlClient(url: string, session: ExpiringSession): Client {
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      authExchange((utils) =>
        Promise.resolve({
          addAuthToOperation: (operation) => utils.appendHeaders(operation, bearer(session)),
          didAuthError: ({ graphQLErrors }) =>
            graphQLErrors.some(({ extensions }) => extensions["code"] === "UNAUTHENTICATED"),
          refreshAuth: session.renew,
        })
      ),
      fetchExchange,
    ],
  });
}

/** Stop the client after use. */
export function apolloClient(url: string, session: ExpiringSession): ApolloClient {
  const renewing = new ErrorLink(({ error, operation, forward }) => {
    const expired = CombinedGraphQLErrors.is(error) &&
      error.errors.some(({ extensions }) => extensions?.["code"] === "UNAUTHENTICATED");
    return expired ? from(session.renew()).pipe(switchMap(() => forward(operation))) : undefined;
  });
  const signing = new ApolloLink((operation, forward) => {
    operation.setContext({ headers: bearer(session) });
    return forward(operation);
  });
  return new ApolloClient({
    link: ApolloLink.from([renewing, signing, new HttpLink({ uri: url })]),
    cache: new InMemoryCache(),
  });
}
