import type {
  AuthState,
  EmailCodeFlow,
  FlowState,
  Refusal,
  SessionFacts,
  SignedIn,
  StateRequirements,
  TokenPair,
  User,
  UserState,
} from "./answers.ts";
import * as documents from "./documents.ts";
import { keepUp } from "./live.ts";
import { keepSession } from "./session.ts";
import { memoryStorage, type TokenStorage } from "./storage.ts";
import { bearer, createTransport, RequestRefused } from "./transport.ts";

export type * from "./answers.ts";
export { localTokenStorage, memoryStorage, type StoredTokens, type TokenStorage } from "./storage.ts";
export { CannotReachServer, RequestRefused } from "./transport.ts";

/** The server refused what was asked. Decide by `code`; show people the message and what they can do. */
export class SallyportError extends Error {
  override readonly name = "SallyportError";
  readonly code: string;
  readonly actionRequired: string | null;
  readonly authorizationUrl: string | null;
  readonly retryAfterSeconds: number | null;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.code = refusal.code;
    this.actionRequired = refusal.actionRequired;
    this.authorizationUrl = refusal.authorizationUrl;
    this.retryAfterSeconds = refusal.retryAfterSeconds;
  }
}

export type SallyportOptions = {
  /** The server's origin, like `https://auth.example.com`. */
  url: string;
  /** Where tokens are kept: in memory, unless another storage is given. */
  storage?: TokenStorage;
  /**
   * TOKENS, for applications anywhere; COOKIE for pages on the server's own site, or behind the same proxy: then the
   * browser keeps the session, and no script can read it.
   */
  transport?: "TOKENS" | "COOKIE";
  fetch?: (request: Request) => Promise<Response>;
  /** How it waits before it asks again for an answer that got lost. */
  sleep?: (ms: number) => Promise<void>;
};

export type Sallyport = ReturnType<typeof createSallyport>;

type Result<Success> = { result: ({ __typename: string } & Success) | ({ __typename: string } & Refusal) };

type Issued = SignedIn & { tokens: TokenPair | null };

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A client of one server, for one person. Every method throws `SallyportError`, `CannotReachServer` or `RequestRefused`. */
export function createSallyport(options: SallyportOptions) {
  const { url, storage = memoryStorage(), transport: kind = "TOKENS", sleep = pause } = options;
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const transport = createTransport({ url, fetch: send });
  const session = keepSession(transport, storage, `sallyport ${new URL(url).origin}`, sleep);

  /** Any operation of the API. An access token that is over is renewed once, and the operation repeated. */
  const request = async <Data>(query: string, variables?: unknown): Promise<Data> => {
    const token = await session.accessToken();
    try {
      return await transport.send<Data>({ query, variables }, { headers: bearer(token) });
    } catch (error) {
      const refused = error instanceof RequestRefused && error.code === "UNAUTHENTICATED";
      if (!refused || token === undefined || !await session.renew(token)) throw error;
      return await transport.send<Data>({ query, variables }, {
        headers: bearer(await session.accessToken()),
      });
    }
  };
  const mutate = async <Success>(query: string, variables?: unknown): Promise<Success> => {
    const attempt = async () => (await request<Result<Success>>(query, variables)).result;
    const token = storage.get()?.accessToken;
    let result = await attempt();
    // A mutation says in its answer what a query says as an error.
    if ("code" in result && result.code === "UNAUTHENTICATED" && token && await session.renew(token)) {
      result = await attempt();
    }
    if ("code" in result) throw new SallyportError(result);
    return result;
  };
  const signIn = async (query: string, input: Record<string, unknown>): Promise<SignedIn> =>
    begun(await mutate<Issued>(query, { input: { ...input, transport: kind } }));
  const begun = ({ user, session: facts, tokens }: Issued): SignedIn => {
    if (tokens) session.begin(tokens);
    return { user, session: facts };
  };
  const done = async (query: string, variables?: unknown): Promise<string> =>
    (await mutate<{ message: string }>(query, variables)).message;

  /** As the platform's `fetch`, with the access token; on 401 it is renewed once, and the call repeated once. */
  const fetchWithToken = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const asked = new Request(input, init);
    const withToken = (from: Request, token: string | undefined) => {
      const made = new Request(from);
      if (token !== undefined) made.headers.set("authorization", `Bearer ${token}`);
      return made;
    };
    const token = await session.accessToken();
    const response = await send(withToken(asked.clone(), token));
    if (response.status !== 401 || token === undefined || !await session.renew(token)) return response;
    await response.body?.cancel();
    return await send(withToken(asked, await session.accessToken()));
  };

  /** How things stand. A token that is over makes nobody of its bearer here, and no error: it is renewed then. */
  const authState = async (): Promise<AuthState> => {
    const ask = async () => (await request<{ authState: AuthState }>(documents.GET_AUTH_STATE)).authState;
    const token = await session.accessToken();
    const state = await ask();
    return state.user || token === undefined || !await session.renew(token) ? state : await ask();
  };

  const follow = <Data>(
    query: string,
    variables: unknown,
    heard: (data: Data, token: string | undefined) => void | Promise<void>,
    goesOn: () => boolean,
    onError: (error: unknown) => void,
  ) => {
    const stop = new AbortController();
    const connection = { query, variables, token: session.accessToken, renew: session.renew, heard, goesOn };
    keepUp<Data>(transport, connection, stop.signal).catch(onError);
    return () => stop.abort();
  };

  return {
    /** Whether there is a session, as far as this client knows; with COOKIE only the server does. */
    get signedIn(): boolean {
      return session.open;
    },
    /** Calls `listener` when a session begins or ends, here or in another tab. Returns how to stop. */
    onSession: session.onChange,
    request,
    fetch: fetchWithToken,
    /** An access token for a service of your own, renewed if need be; undefined when nobody is signed in. */
    accessToken: session.accessToken,

    /** Registers; signs in at once who was a guest and took a username. */
    register: async (input: { username?: string; email?: string; password: string }) => {
      const { message, user, signedIn } = await mutate<
        { message: string; user: User | null; signedIn: Issued | null }
      >(documents.REGISTER, { input });
      return { message, user, signedIn: signedIn && begun(signedIn) };
    },
    signInWithPassword: (identifier: string, password: string) =>
      signIn(documents.SIGN_IN_WITH_PASSWORD, { identifier, password }),
    /** Has a code mailed. The flow's id is half of the sign-in: keep it for `verifyEmailCode`, and to yourself. */
    requestEmailCode: async (email: string) =>
      (await mutate<{ flow: EmailCodeFlow }>(documents.REQUEST_EMAIL_CODE, { input: { email } })).flow,
    verifyEmailCode: (flowId: string, code: string) => signIn(documents.VERIFY_EMAIL_CODE, { flowId, code }),
    signInAsGuest: () => signIn(documents.SIGN_IN_AS_GUEST, {}),
    issueGoogleNonce: () => mutate<{ nonce: string; expiresAt: string }>(documents.ISSUE_GOOGLE_NONCE),
    /** With what Google's button calls `credential`. Whoever is signed in has Google linked. */
    signInWithGoogle: (token: string, nonce?: string) =>
      signIn(documents.SIGN_IN_WITH_GOOGLE, { token, nonce }),
    /** Ends the session at the server, and forgets it here when the server has. */
    signOut: async () => {
      await done(documents.SIGN_OUT).catch((error) => {
        if (!(error instanceof SallyportError && error.code === "UNAUTHENTICATED")) throw error;
      });
      session.forget();
    },
    changePassword: (currentPassword: string, newPassword: string) =>
      done(documents.CHANGE_PASSWORD, { input: { currentPassword, newPassword } }),
    requestPasswordReset: (email: string) => done(documents.REQUEST_PASSWORD_RESET, { email }),
    resetPassword: (token: string, newPassword: string) =>
      done(documents.RESET_PASSWORD, { input: { token, newPassword } }),
    requestEmailVerification: (email?: string) => done(documents.REQUEST_EMAIL_VERIFICATION, { email }),
    verifyEmail: (token: string) => done(documents.VERIFY_EMAIL, { token }),

    authState,
    stateRequirements: async (state: UserState) =>
      (await request<{ stateRequirements: StateRequirements }>(documents.STATE_REQUIREMENTS, { state }))
        .stateRequirements,
    transitionState: async (to: UserState) =>
      (await mutate<{ authState: AuthState }>(documents.TRANSITION_STATE, { to })).authState,
    sessions: async () => (await request<{ sessions: SessionFacts[] }>(documents.SESSIONS)).sessions,
    revokeSession: (id: string) => done(documents.REVOKE_SESSION, { id }),
    revokeOtherSessions: () => done(documents.REVOKE_OTHER_SESSIONS),
    cancelFlow: async (id: string) => void await mutate(documents.CANCEL_FLOW, { id }),

    /**
     * Calls `listener` with how things stand, then with every change, until stopped; the last one is a VISITOR without a
     * user, when the session has ended.
     */
    onAuthState: (
      listener: (state: AuthState) => void,
      onError: (error: unknown) => void = console.error,
    ) => {
      let over = false;
      const heard = async ({ authState: state }: { authState: AuthState }, token: string | undefined) => {
        over = state.user === null && (token === undefined || !await session.renew(token));
        if (state.user || over) listener(state);
      };
      return follow(documents.FOLLOW_AUTH_STATE, {}, heard, () => !over, onError);
    },
    /** Calls `listener` with how a flow stands, then with every change, until stopped or it has ended. */
    onFlow: (
      id: string,
      listener: (flow: FlowState) => void,
      onError: (error: unknown) => void = console.error,
    ) => {
      let ended = false;
      const heard = ({ flow }: { flow: FlowState }) => {
        ended = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"].includes(flow.status);
        listener(flow);
      };
      return follow(documents.FOLLOW_FLOW, { id }, heard, () => !ended, onError);
    },
    /** Lets go of other tabs; the session goes on. */
    close: session.close,
  };
}
