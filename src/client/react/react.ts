"use client";

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { AuthState, CredentialFacts, FlowState, Sallyport, User } from "../sallyport.ts";
import { type Live, type LiveStore, liveStore, shownBy, WAITING } from "./live_store.ts";
import { createShared, type Shared } from "./shared.ts";

export type { Live };

const Context = createContext<Shared | undefined>(undefined);

/** Provides a client to all hooks and components inside it. Does not close the client. */
export function SallyportProvider(
  { client, children }: { client: Sallyport; children?: ReactNode },
): ReactNode {
  const shared = useMemo(() => createShared(client), [client]);
  return createElement(Context.Provider, { value: shared }, children);
}

export type Auth = {
  /** The client of the provider, for sign-in, sign-out and requests. */
  client: Sallyport;
  /** True until the server has answered, and during server rendering. */
  isLoading: boolean;
  /** The signed-in user, who may be a guest. Null when no user is signed in, and while loading. */
  user: User | null;
  /** All facts about the user and the session; undefined while loading. */
  authState: AuthState | undefined;
  /** Set when the server permanently refuses to send the state. */
  error: unknown;
};

/** The client, and the signed-in user. Follows sign-ins and sign-outs, in this tab or in another. */
export function useAuth(): Auth {
  const { client, auth } = useShared();
  const { data: authState, error } = useLive(auth);
  const isLoading = authState === undefined && error === undefined;
  return { client, isLoading, user: authState?.user ?? null, authState, error };
}

/** The signed-in user, who may be a guest: null when no user is signed in, undefined while loading. */
export function useUser(): User | null | undefined {
  return useLive(useShared().auth).data?.user;
}

/** Follows a flow until it ends. Without an id, waits for one. */
export function useFlow(id: string | null | undefined): Live<FlowState> {
  const { client } = useShared();
  const store = useMemo(
    () => liveStore<FlowState>((show) => id == null ? () => {} : client.onFlow(id, ...shownBy(show))),
    [client, id],
  );
  return useLive(store);
}

/** Follows the signed-in user's credentials for other services, and their health. An empty list without a user. */
export function useCredentials(): Live<CredentialFacts[]> {
  return useLive(useShared().credentials);
}

/** Which users count as signed in. */
export type Shown = {
  /** Whether guests count. False by default, as in the verifier for services: guests have not identified themselves. */
  guests?: boolean;
  children?: ReactNode;
};

/** Shows its children to signed-in users. Not an access control: your server must check the access token. */
export function SignedIn({ guests = false, children }: Shown): ReactNode {
  return useIsSignedIn(guests) === true ? children : null;
}

/** Shows its children when `SignedIn` with the same `guests` does not. While loading, neither shows its children. */
export function SignedOut({ guests = false, children }: Shown): ReactNode {
  return useIsSignedIn(guests) === false ? children : null;
}

/** Undefined while loading. */
function useIsSignedIn(guests: boolean): boolean | undefined {
  const user = useUser();
  return user === undefined ? undefined : user !== null && (guests || !user.isGuest);
}

function useShared(): Shared {
  const shared = useContext(Context);
  if (!shared) throw new TypeError("No Sallyport client here: render this below a <SallyportProvider>");
  return shared;
}

function useLive<Value>({ subscribe, read }: LiveStore<Value>): Live<Value> {
  return useSyncExternalStore<Live<Value>>(subscribe, read, () => WAITING);
}
