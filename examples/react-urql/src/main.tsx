import { createSallyport, localTokenStorage } from "@sallyport/client";
import { SallyportProvider, SignedIn, SignedOut, useUser } from "@sallyport/client/react";
import { StrictMode, useMemo } from "react";
import { createRoot } from "react-dom/client";
import { cacheExchange, Client, fetchExchange, gql, Provider, useQuery, useSubscription } from "urql";
import { SignInForm, SignOutButton } from "./sign_in_form.tsx";

const url = import.meta.env.VITE_SALLYPORT_URL ?? "http://127.0.0.1:4000";
const sallyport = createSallyport({ url, storage: localTokenStorage() });

/** The client's `fetch` adds the access token and renews it: urql needs no exchange for that. */
function createUrql(): Client {
  return new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetch: sallyport.fetch,
    // Sends subscriptions with `fetch`; the server answers with server-sent events.
    fetchSubscriptions: true,
    exchanges: [cacheExchange, fetchExchange],
  });
}

const SESSIONS = gql<{ sessions: { id: string; method: string; current: boolean }[] }>(`
  query Sessions { sessions { id method current } }
`);

const STATE = gql<{ authState: { currentState: string } }>(`
  subscription State { authState { currentState } }
`);

function Account() {
  const user = useUser();
  const [{ data, error }] = useQuery({ query: SESSIONS });
  const [{ data: live }] = useSubscription({ query: STATE });
  return (
    <section>
      <h1>Hello {user?.username}</h1>
      <p>State: {live?.authState.currentState}</p>
      <p>Sessions: {error ? error.message : data?.sessions.length}</p>
      <SignOutButton />
    </section>
  );
}

/** Creates a new urql client for each user, so that its cache has no data of the previous user. */
function Queries({ children }: { children: React.ReactNode }) {
  const id = useUser()?.id;
  const client = useMemo(createUrql, [id]);
  return <Provider value={client}>{children}</Provider>;
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
