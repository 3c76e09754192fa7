import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { ApolloProvider, useMutation, useQuery } from "@apollo/client/react";
import { createSallyport, localTokenStorage } from "@sallyport/client";
import possibleTypes from "@sallyport/client/possibleTypes.json";
import { SallyportProvider, SignedIn, SignedOut, useUser } from "@sallyport/client/react";
import { StrictMode, useMemo } from "react";
import { createRoot } from "react-dom/client";
import { SignInForm, SignOutButton } from "./sign_in_form.tsx";

const url = import.meta.env.VITE_SALLYPORT_URL ?? "http://127.0.0.1:4000";
const sallyport = createSallyport({ url, storage: localTokenStorage() });

/** The client's `fetch` adds the access token and renews it: Apollo needs no link for that. */
function createApollo(): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: `${url}/graphql`, fetch: sallyport.fetch }),
    // Without `possibleTypes`, Apollo drops the fields of `... on AuthError`.
    cache: new InMemoryCache({ possibleTypes }),
  });
}

const SESSIONS: TypedDocumentNode<{ sessions: { id: string; method: string }[] }> = gql`
  query Sessions { sessions { id method } }
`;

type Transition = {
  transitionState: { authState?: { currentState: string }; message?: string; actionRequired?: string | null };
};

const PAY: TypedDocumentNode<Transition> = gql`
  mutation Pay {
    transitionState(to: PAYMENT) {
      ... on StateChanged { authState { currentState } }
      ... on AuthError { message actionRequired }
    }
  }
`;

function Account() {
  const user = useUser();
  const { data, error } = useQuery(SESSIONS);
  const [pay, { data: answer }] = useMutation(PAY);
  const result = answer?.transitionState;
  return (
    <section>
      <h1>Hello {user?.username}</h1>
      <p>Sessions: {error ? error.message : data?.sessions.length}</p>
      <button type="button" onClick={() => void pay()}>Go to payment</button>
      <p role="status">{result && (result.authState?.currentState ?? result.actionRequired)}</p>
      <SignOutButton />
    </section>
  );
}

/** Creates a new Apollo client for each user, so that its cache has no data of the previous user. */
function Queries({ children }: { children: React.ReactNode }) {
  const id = useUser()?.id;
  const client = useMemo(createApollo, [id]);
  return <ApolloProvider client={client}>{children}</ApolloProvider>;
}

createRoot(document.querySelector("main")!).render(
  <StrictMode>
    <SallyportProvider client={sallyport}>
      <SignedOut>
        <SignInForm />
      </SignedOut>
      <SignedIn>
        <Queries>
          <Account />
        </Queries>
      </SignedIn>
    </SallyportProvider>
  </StrictMode>,
);
