import type { DoneResult, Refusal } from "./answers.ts";
import type { Document } from "./document.ts";
import type { Session } from "./session.ts";
import { bearer, RequestRefused, type Transport } from "./transport.ts";

/** The server refused an operation. Decide by `code`; show `message` and `actionRequired` to the user. */
export class SallyportError extends Error {
  override readonly name = "SallyportError";
  readonly code: string;
  readonly actionRequired: string | null;
  readonly authorizationUrl: string | null;
  readonly retryAfterSeconds: number | null;
  /** The id of the HTTP request, for an operator who looks for the cause. */
  readonly requestId: string | null;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.code = refusal.code;
    this.actionRequired = refusal.actionRequired;
    this.authorizationUrl = refusal.authorizationUrl;
    this.retryAfterSeconds = refusal.retryAfterSeconds;
    this.requestId = refusal.requestId;
  }
}

type Fetch = (request: Request) => Promise<Response>;

/** Sends requests with the session's access token. If it was refused, renews it and repeats the request once. */
export type Caller = {
  /** Runs any operation. Throws `CannotReachServer` or `RequestRefused`. */
  request<Data, Variables>(document: Document<Data, Variables>, variables: Variables): Promise<Data>;
  /** Runs a mutation that is aliased `result`, and returns its answer. Throws a refusal as `SallyportError`. */
  mutate<Result extends object, Variables>(
    document: Document<{ result: Result }, Variables>,
    variables: Variables,
  ): Promise<Exclude<Result, Refusal>>;
  /** Runs a mutation that answers `Done`, and returns its message. */
  done<Variables>(
    document: Document<{ result: DoneResult }, Variables>,
    variables: Variables,
  ): Promise<string>;
  /** The platform's `fetch`. Adds the access token to requests to known origins. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
};

export function createCaller(
  { transport, session, fetch, origins }: {
    transport: Transport;
    session: Session;
    fetch: Fetch;
    /** Requests to these origins get the token. */
    origins: ReadonlySet<string>;
  },
): Caller {
  const request: Caller["request"] = async (query, variables) => {
    const token = await session.accessToken();
    try {
      return await transport.send({ query, variables }, { headers: bearer(token) });
    } catch (error) {
      const refused = error instanceof RequestRefused && error.code === "UNAUTHENTICATED";
      if (!refused || token === undefined) throw error;
      // If the session has ended, the request is repeated without a token.
      await session.renew(token);
      const headers = bearer(await session.accessToken());
      return await transport.send({ query, variables }, { headers });
    }
  };
  const mutate: Caller["mutate"] = async <Result extends object, Variables>(
    document: Document<{ result: Result }, Variables>,
    variables: Variables,
  ) => {
    const { result } = await request(document, variables);
    if (isRefusal(result)) throw new SallyportError(result);
    return result as Exclude<Result, Refusal>;
  };
  return {
    request,
    mutate,
    done: async (document, variables) => (await mutate(document, variables)).message,
    fetch: async (input, init) => {
      const asked = new Request(input, init);
      if (asked.headers.has("authorization") || !origins.has(new URL(asked.url).origin)) {
        return await fetch(asked);
      }
      const token = await session.accessToken();
      const response = await fetch(withToken(asked.clone(), token));
      if (response.status !== 401 || token === undefined || !await session.renew(token)) return response;
      await response.body?.cancel();
      return await fetch(withToken(asked, await session.accessToken()));
    },
  };
}

function isRefusal(result: object): result is Refusal {
  return "code" in result;
}

function withToken(request: Request, token: string | undefined): Request {
  if (token !== undefined) request.headers.set("authorization", `Bearer ${token}`);
  return request;
}
