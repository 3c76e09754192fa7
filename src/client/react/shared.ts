import type { AuthState, CredentialFacts, Sallyport, Stop } from "../sallyport.ts";
import { type LiveStore, liveStore, shownBy } from "./live_store.ts";

/** A client, and the live values that all components below one provider share. */
export type Shared = {
  client: Sallyport;
  auth: LiveStore<AuthState>;
  credentials: LiveStore<CredentialFacts[]>;
};

export function createShared(client: Sallyport): Shared {
  const auth = liveStore<AuthState>((show) => client.onAuthState(...shownBy(show)));
  return { client, auth, credentials: credentialsOf(client, auth) };
}

/** Follows the credentials with a new watch for each session, so that a user never sees those of the previous user. */
function credentialsOf(client: Sallyport, auth: LiveStore<AuthState>): LiveStore<CredentialFacts[]> {
  return liveStore((show) => {
    let stop: Stop | undefined;
    let followed: string | null | undefined;
    const follow = () => {
      const { data: state, error } = auth.read();
      const id = state && (state.session?.id ?? null);
      if (id === followed && error === undefined) return;
      followed = id;
      stop?.();
      stop = id == null ? undefined : client.onCredentials(...shownBy(show));
      show({ data: id === null ? [] : undefined, error });
    };
    const leave = auth.subscribe(follow);
    follow();
    return () => {
      leave();
      stop?.();
    };
  });
}
