import type { AuthState, CredentialFacts, FlowState } from "./answers.ts";
import type { Caller } from "./caller.ts";
import type { Document } from "./document.ts";
import * as documents from "./documents.ts";
import { keepSubscribed } from "./live.ts";
import type { Session } from "./session.ts";
import { bearer, type RequestRefused, type Transport } from "./transport.ts";

/** A value, and the access token of the connection that delivered it. */
type Received<Data> = { data: Data; token: string | undefined };

type Watched<Data, Variables> = {
  query: Document<Data, Variables>;
  /** Called for each connection. */
  variables: (signal: AbortSignal) => Variables | Promise<Variables>;
  onValue: (received: Received<Data>) => void | Promise<void>;
  reopens: () => boolean;
  /** Whether to subscribe again, without a user, after the session has ended. */
  outlivesSession?: boolean;
};

/** Stops a subscription. The listener is not called afterwards. */
export type Stop = () => void;

/**
 * Live subscriptions. They survive broken connections and expired tokens. When the server refuses permanently, `onError`
 * is called and the subscription ends. By default, `onError` writes to the console.
 */
export type Watches = {
  /**
   * Calls `listener` with the present state, then with every change: VISITOR without a user when no user is signed in
   * or the session has ended, then the next user who signs in, in this tab or in another.
   */
  onAuthState(listener: (state: AuthState) => void, onError?: (error: unknown) => void): Stop;
  /** Calls `listener` with the present state of a flow, then with every change until it has ended. */
  onFlow(id: string, listener: (flow: FlowState) => void, onError?: (error: unknown) => void): Stop;
  /** Calls `listener` with all credentials, then again whenever the health of one changes. */
  onCredentials(
    listener: (credentials: CredentialFacts[]) => void,
    onError?: (error: unknown) => void,
  ): Stop;
};

type Services = { caller: Caller; session: Session; transport: Transport; closing: AbortSignal };

export function watches({ caller, session, transport, closing }: Services): Watches {
  const keep = <Data, Variables>(
    { query, variables, onValue, reopens, outlivesSession }: Watched<Data, Variables>,
    signal: AbortSignal,
  ) => {
    let token: string | undefined;
    const open = async function* (): AsyncGenerator<Received<Data>> {
      const operation = { query, variables: await variables(signal) };
      token = await session.accessToken();
      for await (const data of transport.follow(operation, { headers: bearer(token), signal })) {
        yield { data, token };
      }
    };
    const recover = async ({ code, reason }: RequestRefused) => {
      if (code !== "UNAUTHENTICATED") return false;
      // The browser keeps a session in a cookie, and sends the renewed one.
      const isOpen = token === undefined ? reason === "TOKEN_EXPIRED" : await session.renew(token);
      return isOpen || (outlivesSession === true && (token !== undefined || reason !== undefined));
    };
    return keepSubscribed({ open, onValue, reopens, recover }, signal);
  };
  const watch = <Data, Variables>(watched: Watched<Data, Variables>, onError: (error: unknown) => void) => {
    const stop = new AbortController();
    return untilStopped(keep(watched, stop.signal), () => stop.abort(), onError);
  };
  /** Also calls `stop` when the client is closed. */
  const untilStopped = (work: Promise<void>, stop: Stop, onError: (error: unknown) => void): Stop => {
    closing.addEventListener("abort", stop);
    if (closing.aborted) stop();
    work.catch(onError).finally(() => closing.removeEventListener("abort", stop));
    return stop;
  };
  return {
    onAuthState: (listener, onError = console.error) => {
      let stopped = false;
      let round = new AbortController();
      let shown = session.id;
      const unlisten = session.onChange(() => session.id !== shown && round.abort());
      /** Follows the state of one session until it has ended. */
      const follow = async ({ signal }: AbortController) => {
        let ended = false;
        shown = session.id;
        const onValue = async (
          { data: { authState: state }, token }: Received<{ authState: AuthState }>,
        ) => {
          ended = state.user === null && (token === undefined || !await session.renew(token));
          if (signal.aborted || !(state.user || ended)) return;
          shown = state.session?.id;
          session.setCookieSession(shown);
          listener(state);
        };
        const query = documents.FollowAuthState;
        const watched = {
          query,
          variables: () => ({}),
          onValue,
          reopens: () => !ended,
          outlivesSession: true,
        };
        await keep(watched, signal);
      };
      const run = async () => {
        while (!stopped) {
          await follow(round);
          if (!round.signal.aborted) await aborted(round.signal);
          round = new AbortController();
        }
      };
      const stop = () => {
        stopped = true;
        round.abort();
      };
      return untilStopped(run().finally(unlisten), stop, onError);
    },
    onFlow: (id, listener, onError = console.error) => {
      let ended = false;
      const onValue = ({ data: { flow } }: Received<{ flow: FlowState }>) => {
        ended = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"].includes(flow.status);
        listener(flow);
      };
      const query = documents.FollowFlow;
      return watch({ query, variables: () => ({ id }), onValue, reopens: () => !ended }, onError);
    },
    onCredentials: (listener, onError = console.error) => {
      let known: CredentialFacts[] = [];
      const read = async (signal: AbortSignal) => {
        const { credentials, events } = await caller.request(documents.ListCredentials, {});
        known = credentials.nodes;
        if (!signal.aborted) listener(known);
        return { after: events.nodes.at(-1)?.cursor };
      };
      const onValue = (
        { data: { tokenHealth: { credential } } }: Received<{ tokenHealth: { credential: CredentialFacts } }>,
      ) => {
        known = [...known.filter(({ id }) => id !== credential.id), credential]
          .sort((a, b) => a.createdAt < b.createdAt ? -1 : 1);
        listener(known);
      };
      const query = documents.FollowTokenHealth;
      return watch({ query, variables: read, onValue, reopens: () => true }, onError);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
