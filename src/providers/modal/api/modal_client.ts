import { setTimeout } from "node:timers/promises";
import { type Answered, CallFailed } from "../grpc/grpc_client.ts";
import type { Metadata } from "../grpc/grpc_status.ts";
import { proxyFor, readableEnv, type ReadEnv } from "../grpc/proxy.ts";
import { readCreatedFlow, readTokenInfo, readWaitAnswer, readWorkspaceName } from "./modal_answers.ts";
import { type Answer, type ModalApi, ModalRejected, type ModalToken } from "./modal_api.ts";
import { createModalChannels } from "./modal_channels.ts";
import { toModalError } from "./modal_failures.ts";
import { clientHeaders, MODAL_CLIENT_VERSION, withAttempt, withToken } from "./modal_headers.ts";
import { type ModalMethod, modalService, type RequestOf, type ResponseOf } from "./modal_proto.ts";
import { type RetryParts, withRetries } from "./modal_retries.ts";
import { parseModalServerUrl } from "./modal_server_url.ts";
import { readWarnings } from "./modal_texts.ts";

export type ModalClientOptions = {
  /** `https://…` for TLS, `http://…` for plaintext; see `parseModalServerUrl`. */
  serverUrl: string;
  /** Release of Modal's own client to identify as. */
  clientVersion?: string;
  /** PEM certificates of additional certificate authorities to trust. */
  caCerts?: string[];
  /** Reads the proxy variables; by default from the environment as far as permitted. */
  env?: ReadEnv;
} & Partial<RetryParts>;

/** R34: Modal holds a poll for the requested seconds. It gets this much longer to answer. */
const WAIT_GRACE_SECONDS = 5;
/** Timeout of one attempt. Ordinary calls take less than a second, and a lost one must leave time for retries. */
const ATTEMPT_SECONDS = 10;
/** As in Modal's own clients, and without retries, because the name is optional. */
const NAME_LOOKUP_SECONDS = 3;

/** Headers of a call, secrets to remove from texts, and how to read the response. */
type Call<M extends ModalMethod, T> = {
  headers: Metadata;
  secrets: string[];
  read: (response: ResponseOf<M>) => T;
};

/**
 * Creates a client for Modal's API over gRPC. It connects at the first call. A poll that its signal aborts throws the
 * signal's reason.
 *
 * It does not use `@grpc/grpc-js`, because a GOAWAY of the server can abort the whole process in `node:http2`; see
 * `grpc/http2_connection.ts`.
 *
 * @throws InvalidInput for an invalid `serverUrl`.
 */
export function createModalClient(options: ModalClientOptions): ModalApi {
  const server = parseModalServerUrl(options.serverUrl);
  const headers = clientHeaders(server, options.clientVersion ?? MODAL_CLIENT_VERSION);
  const closed = new AbortController();
  const parts: RetryParts = {
    now: options.now ?? (() => new Date()),
    uuid: options.uuid ?? (() => crypto.randomUUID()),
    sleep: options.sleep ?? ((seconds) => setTimeout(seconds * 1000, undefined, { signal: closed.signal })),
  };
  const proxy = proxyFor(server, options.env ?? readableEnv);
  const channels = createModalChannels({ ...server, proxy, caCerts: options.caCerts ?? [] });

  /** Makes a call without retries. */
  function once<M extends ModalMethod, T>(
    method: M,
    request: RequestOf<M>,
    call: Call<M, T> & { timeoutSeconds: number; signal?: AbortSignal | undefined },
  ): Promise<Answer<T>> {
    return convertResult(method, call, () => channels.call(modalService[method], request, call));
  }

  /** R35: makes a call with retries. */
  function retried<M extends ModalMethod, T>(
    method: M,
    request: RequestOf<M>,
    call: Call<M, T>,
  ): Promise<Answer<T>> {
    const attempts = () =>
      withRetries(parts, (attempt) => {
        const headers = withAttempt(call.headers, attempt);
        return channels.call(modalService[method], request, { headers, timeoutSeconds: ATTEMPT_SECONDS });
      });
    return convertResult(method, call, attempts);
  }

  return {
    serverUrl: server.url,

    async reach() {
      const started = parts.now();
      const hello = retried("ClientHello", {}, { headers, secrets: [], read: nothing });
      const warnings = await hello.then((answer) => answer.warnings, warningsOfTokenMissing);
      return { latencyMs: parts.now().getTime() - started.getTime(), warnings };
    },

    createTokenFlow(input) {
      return retried("TokenFlowCreate", input, { headers, secrets: [], read: readCreatedFlow });
    },

    waitForTokenFlow({ tokenFlowId, waitSecret, timeoutSeconds }, signal) {
      const request = { tokenFlowId, waitSecret: waitSecret.reveal(), timeout: timeoutSeconds };
      return once("TokenFlowWait", request, {
        headers,
        secrets: [request.waitSecret],
        read: readWaitAnswer,
        timeoutSeconds: timeoutSeconds + WAIT_GRACE_SECONDS,
        signal,
      });
    },

    hello: async (token) =>
      await retried("ClientHello", {}, { ...signedIn("ClientHello", token), read: nothing }),

    async tokenInfo(token) {
      const read = (response: ResponseOf<"TokenInfoGet">) => readTokenInfo(response, token);
      return await retried("TokenInfoGet", {}, { ...signedIn("TokenInfoGet", token), read });
    },

    async workspaceName(token) {
      const call = { ...signedIn("WorkspaceNameLookup", token), read: readWorkspaceName };
      return await once("WorkspaceNameLookup", {}, { ...call, timeoutSeconds: NAME_LOOKUP_SECONDS });
    },

    close() {
      closed.abort();
      channels.close();
    },
  };

  function signedIn(method: ModalMethod, token: ModalToken) {
    // An id with an unexpected format may be a secret in the wrong place.
    const misplaced = token.tokenId.startsWith("ak-") ? [] : [token.tokenId];
    return {
      headers: withToken(headers, method, token),
      secrets: [token.tokenSecret.reveal(), ...misplaced],
    };
  }
}

/** Makes the call. Converts its response, and its failure to the errors of `ModalApi`. */
async function convertResult<M extends ModalMethod, T>(
  method: M,
  { secrets, read }: Call<M, T>,
  call: () => Promise<Answered<ResponseOf<M>>>,
): Promise<Answer<T>> {
  try {
    const { response, trailers } = await call();
    const inAnswer = "serverWarnings" in response
      ? response.serverWarnings.map(({ message }) => message)
      : [];
    return { value: read(response), warnings: readWarnings(trailers, secrets, inAnswer) };
  } catch (error) {
    throw error instanceof CallFailed ? toModalError(method, error, secrets) : error;
  }
}

function nothing(): void {}

/** Without a token, Modal answers a hello with `bad_token`, which proves that it was reached. */
function warningsOfTokenMissing(error: unknown): string[] {
  if (error instanceof ModalRejected && error.reason === "bad_token") return error.warnings;
  throw error;
}
