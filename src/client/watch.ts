import type { AuthState, CredentialFacts, FlowState } from "./answers.ts";
import type { Caller } from "./caller.ts";
import type { Document } from "./document.ts";
import * as documents from "./documents.ts";
import { keepUp } from "./live.ts";
import type { Session } from "./session.ts";
import { bearer, type Transport } from "./transport.ts";

/** A value, and the access token it was told to. */
type Told<Data> = { data: Data; token: string | undefined };

type Watched<Data, Variables> = {
  query: Document<Data, Variables>;
  /** Asked for at each connection. */
  variables: (signal: AbortSignal) => Variables | Promise<Variables>;
  heard: (told: Told<Data>) => void | Promise<void>;
  goesOn: () => boolean;
};

/** Stops what was begun; nothing is told after it. */
export type Stop = () => void;

/**
 * Subscriptions that are kept up, through broken connections and over renewed tokens. `onError` is told when the server
 * refuses for good, and nothing comes after that; what passes is waited for. Without it the console is told.
 */
export type Watches = {
  /**
   * Calls `listener` with how things stand, then with every change: a VISITOR without a user when nobody is signed in
   * or the session has ended, and whoever signs in next, here or in another tab.
   */
  onAuthState(listener: (state: AuthState) => void, onError?: (error: unknown) => void): Stop;
  /** Calls `listener` with how a flow stands, then with every change until it has ended. */
  onFlow(id: string, listener: (flow: FlowState) => void, onError?: (error: unknown) => void): Stop;
  /** Calls `listener` with the connected tokens, then again whenever the health of one has changed. */
  onCredentials(
    listener: (credentials: CredentialFacts[]) => void,
    onError?: (error: unknown) => void,
  ): Stop;
};

type Services = { caller: Caller; session: Session; transport: Transport; closing: AbortSignal };

export function watches({ caller, session, transport, closing }: Services): Watches {
  const keep = <Data, Variables>(
    { query, variables, heard, goesOn }: Watched<Data, Variables>,
    signal: AbortSignal,
  ) => {
    let token: string | undefined;
    const open = async function* (): AsyncGenerator<Told<Data>> {
      const operation = { query, variables: await variables(signal) };
      token = await session.accessToken();
      for await (const data of transport.follow(operation, { headers: bearer(token), signal })) {
        yield { data, token };
      }
    };
    const remedied = async ({ code }: { code: string | undefined }) =>
      code === "UNAUTHENTICATED" && token !== undefined && await session.renew(token);
    return keepUp({ open, heard, goesOn, remedied }, signal);
  };
  const watch = <Data, Variables>(watched: Watched<Data, Variables>, onError: (error: unknown) => void) => {
    const stop = new AbortController();
    return untilStopped(keep(watched, stop.signal), () => stop.abort(), onError);
  };
  /** Stopped by `stop`, and when the client is closed. */
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
      /** How things stand with one session, until it has ended. */
      const follow = async ({ signal }: AbortController) => {
        let over = false;
        shown = session.id;
        const heard = async ({ data: { authState: state }, token }: Told<{ authState: AuthState }>) => {
          over = state.user === null && (token === undefined || !await session.renew(token));
          if (signal.aborted || !(state.user || over)) return;
          shown = state.session?.id;
          session.learn(shown);
          listener(state);
        };
        const query = documents.FollowAuthState;
        await keep({ query, variables: () => ({}), heard, goesOn: () => !over }, signal);
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
      const heard = ({ data: { flow } }: Told<{ flow: FlowState }>) => {
        ended = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"].includes(flow.status);
        listener(flow);
      };
      const query = documents.FollowFlow;
      return watch({ query, variables: () => ({ id }), heard, goesOn: () => !ended }, onError);
    },
    onCredentials: (listener, onError = console.error) => {
      let known: CredentialFacts[] = [];
      const read = async (signal: AbortSignal) => {
        const { credentials, events } = await caller.request(documents.ListCredentials, {});
        known = credentials.nodes;
        if (!signal.aborted) listener(known);
        return { after: events.nodes.at(-1)?.cursor };
      };
      const heard = (
        { data: { tokenHealth: { credential } } }: Told<{ tokenHealth: { credential: CredentialFacts } }>,
      ) => {
        known = [...known.filter(({ id }) => id !== credential.id), credential]
          .sort((a, b) => a.createdAt < b.createdAt ? -1 : 1);
        listener(known);
      };
      const query = documents.FollowTokenHealth;
      return watch({ query, variables: read, heard, goesOn: () => true }, onError);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
