import { type ChannelCredentials, credentials, type Metadata } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { setTimeout } from "node:timers/promises";
import { readCreatedFlow, readTokenInfo, readWaitAnswer, readWorkspaceName } from "./modal_answers.ts";
import { type Answer, type ModalApi, ModalRejected, type ModalToken } from "./modal_api.ts";
import { CallFailed, createModalChannels, type Unary } from "./modal_channels.ts";
import { toModalError } from "./modal_failures.ts";
import { clientHeaders, MODAL_CLIENT_VERSION, withAttempt, withToken } from "./modal_headers.ts";
import { type ModalMethod, modalService, type RequestOf, type ResponseOf } from "./modal_proto.ts";
import { type RetryParts, withRetries } from "./modal_retries.ts";
import { type ModalServer, parseModalServerUrl } from "./modal_server_url.ts";
import { readWarnings } from "./modal_texts.ts";

export type ModalClientOptions = {
  /** `https://…` for TLS, `http://…` for plaintext; see `parseModalServerUrl`. */
  serverUrl: string;
  /** The release of Modal's own client that we claim to be. */
  clientVersion?: string;
  /** PEM certificates to trust instead of the usual ones, for a server whose certificate is one's own. */
  rootCertificates?: Uint8Array;
} & Partial<RetryParts>;

/** R34: Modal holds a wait for the seconds we ask for; it gets this much more to say that they are over. */
const WAIT_GRACE_SECONDS = 5;
/** Ordinary calls answer within a second; one that is lost should leave time for its retries. */
const ATTEMPT_SECONDS = 10;
/** As Modal's own clients have it, and like them without retries: the name is a nicety. */
const NAME_LOOKUP_SECONDS = 3;

const CHANNEL_OPTIONS = {
  "grpc.primary_user_agent": "sallyport",
  // So that a dead connection is noticed although a long poll is silent: ping every 30 s, give up 10 s later.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.keepalive_permit_without_calls": 1,
  // The largest answer we know has some hundred bytes: this leaves room for long warnings, none for a flood.
  "grpc.max_receive_message_length": 1024 * 1024,
  // We retry ourselves, by Modal's rules. Each of these three would cost memory for every call that waits.
  "grpc.enable_retries": 0,
  "grpc.enable_channelz": 0,
  "grpc.service_config_disable_resolution": 1,
};

/** What a call needs beside its request: headers, secrets that no text may show, and how to read the answer. */
type Call<M extends ModalMethod, T> = {
  headers: Metadata;
  secrets: string[];
  read: (response: ResponseOf<M>) => T;
};

/**
 * Modal's API over gRPC. Nothing is connected until the first call. Throws `InvalidInput` when the URL is none.
 * A wait that its signal ends throws the signal's reason.
 *
 * gRPC reads `grpc_proxy`, `https_proxy`, `http_proxy`, `no_grpc_proxy` and `no_proxy` (lower case) by itself, and
 * tunnels through the proxy with TLS and without; a server on this machine is reached directly.
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
  const channels = createModalChannels(server.target, credentialsFor(server, options.rootCertificates), {
    ...CHANNEL_OPTIONS,
    "grpc.enable_http_proxy": server.loopback ? 0 : 1,
  });

  /** A call that is made once. */
  function once<M extends ModalMethod, T>(
    method: M,
    request: RequestOf<M>,
    call: Call<M, T> & { timeoutSeconds: number; signal?: AbortSignal | undefined },
  ): Promise<Answer<T>> {
    return inOurWords(method, call, () => channels.call(modalService[method], request, call));
  }

  /** R35: a call with its retries. */
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
    return inOurWords(method, call, attempts);
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
    // An id that does not look like one may be a secret in the wrong place.
    const misplaced = token.tokenId.startsWith("ak-") ? [] : [token.tokenId];
    return {
      headers: withToken(headers, method, token),
      secrets: [token.tokenSecret.reveal(), ...misplaced],
    };
  }
}

/** Makes the call, and says what came of it in the words of `ModalApi`. */
async function inOurWords<M extends ModalMethod, T>(
  method: M,
  { secrets, read }: Call<M, T>,
  call: () => Promise<Unary<ResponseOf<M>>>,
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

/** Without a token, Modal's proper answer to a hello is that there is none: it was reached. */
function warningsOfTokenMissing(error: unknown): string[] {
  if (error instanceof ModalRejected && error.reason === "bad_token") return error.warnings;
  throw error;
}

function credentialsFor(server: ModalServer, rootCertificates?: Uint8Array): ChannelCredentials {
  if (!server.secure) return credentials.createInsecure();
  return credentials.createSsl(rootCertificates && Buffer.from(rootCertificates));
}
