import type { CallFailed } from "../grpc/grpc_client.ts";
import { status } from "../grpc/grpc_status.ts";
import { type ModalRefusalReason, ModalRejected, ModalUnreachable } from "./modal_api.ts";
import { type ModalMethod, readRetryPolicy } from "./modal_proto.ts";
import { cleanText, readWarnings } from "./modal_texts.ts";

/** R35: statuses worth a retry. */
const TRANSIENT: readonly number[] = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.INTERNAL,
  status.UNKNOWN,
  status.CANCELLED,
];

/** Upper bound of the pause that a server may ask for. */
const MAX_RETRY_AFTER_SECONDS = 3600;

/** What each call does, as the end of the sentence "Cannot …: …". */
const ACTIONS: Record<ModalMethod, string> = {
  TokenFlowCreate: "start a Modal token flow",
  TokenFlowWait: "wait for the Modal token flow",
  ClientHello: "sign in to Modal",
  TokenInfoGet: "ask Modal about the token",
  WorkspaceNameLookup: "ask Modal for the workspace's name",
  AuthTokenGet: "sign in to Modal",
  WorkspaceDashboardUrlGet: "ask Modal for the dashboard",
};

const CHECK_SERVER_URL = "Check MODAL_SERVER_URL: the server there does not speak Modal's API";
const CHECK_NETWORK =
  "Check the network, MODAL_SERVER_URL, the proxy variables (https_proxy, no_proxy) and " +
  "Modal's status page, https://status.modal.com";
const START_AGAIN = "Start a new flow";
const NEW_TOKEN = "Authorise again, or import a token id (ak-…) and its secret (as-…) from Modal's settings";

/** Whether R35 retries the call on its own, without the server asking for it. */
export function isTransient(failure: CallFailed): boolean {
  return TRANSIENT.includes(failure.status) && !isNotModal(failure);
}

/**
 * How long the server asks us to wait before the next attempt (RPCRetryPolicy): 0 to 3600 seconds. Undefined if it
 * does not ask.
 */
export function retryAfterOf(failure: CallFailed): number | undefined {
  const details = failure.trailers["grpc-status-details-bin"];
  const seconds = details === undefined ? undefined : readRetryPolicy(details);
  if (seconds === undefined) return undefined;
  return seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) : 0;
}

/** Maps a failed call that is not retried to an error for callers. The error contains none of `secrets`. */
export function toModalError(
  method: ModalMethod,
  failure: CallFailed,
  secrets: readonly string[],
): ModalUnreachable | ModalRejected {
  const error = describe(method, failure, cleanText(failure.details, secrets));
  error.warnings = readWarnings(failure.trailers, secrets);
  return error;
}

/** The error for a response with missing or malformed values. */
export function badAnswer(method: ModalMethod, state: string): ModalRejected {
  return rejected(method, "other", `Modal's answer ${state}`, CHECK_SERVER_URL);
}

function describe(method: ModalMethod, failure: CallFailed, text: string): ModalUnreachable | ModalRejected {
  const said = text ? `Modal says “${text}”` : `Modal gives no reason (gRPC status ${failure.status})`;
  if (isNotModal(failure)) {
    return rejected(method, "not_modal", "what answers is not Modal's API", CHECK_SERVER_URL);
  }
  const retryAfter = retryAfterOf(failure);
  if (retryAfter !== undefined) return busy(method, Math.ceil(retryAfter));
  switch (failure.status) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
    case status.INTERNAL:
    case status.UNKNOWN:
      return unreachable(method, "Modal cannot be reached or fails", text || "no reason given");
    case status.DEADLINE_EXCEEDED:
      return unreachable(method, "Modal did not answer in time");
    case status.RESOURCE_EXHAUSTED:
      return busy(method, undefined);
    default:
      return refusal(method, failure.status, said, text);
  }
}

function refusal(method: ModalMethod, code: number, said: string, text: string): ModalRejected {
  if (/client version|old client|client type|x-modal-client/i.test(text)) {
    return rejected(method, "other", said, "Update Sallyport: Modal no longer accepts clients like this one");
  }
  if (method === "TokenFlowWait") return flowRefusal(code, said, text);
  if (method === "TokenFlowCreate") {
    return rejected(method, "other", said, "Try again, or ask Modal's support");
  }
  if (code === status.UNAUTHENTICATED) {
    return rejected(
      method,
      "bad_token",
      said,
      `${NEW_TOKEN}; an id and a secret in each other's place look the same`,
    );
  }
  if (code === status.PERMISSION_DENIED) {
    return rejected(method, "other", said, "Use a token whose owner may do this in the workspace");
  }
  return rejected(method, "other", said, "Try again, or ask Modal's support");
}

/** Modal's protocol has no status for how a flow failed, so we infer it from gRPC statuses and messages. */
function flowRefusal(code: number, said: string, text: string): ModalRejected {
  const method = "TokenFlowWait";
  if (/expired/i.test(text)) return rejected(method, "expired", said, START_AGAIN);
  if (code === status.PERMISSION_DENIED) {
    return rejected(method, "denied", said, `${START_AGAIN} and approve it on Modal's page`);
  }
  if (code === status.NOT_FOUND || code === status.FAILED_PRECONDITION) {
    return rejected(method, "unknown_flow", said, START_AGAIN);
  }
  return rejected(method, "other", said, START_AGAIN);
}

/**
 * Whether the server answered in plain HTTP, or in gRPC without this service. HTTP statuses that proxies send while
 * their server is down (429, 502, 503, 504) do not count.
 */
function isNotModal({ status: code, spokeGrpc }: CallFailed): boolean {
  return code === status.UNIMPLEMENTED || (!spokeGrpc && code !== status.UNAVAILABLE);
}

function rejected(method: ModalMethod, reason: ModalRefusalReason, state: string, actionRequired: string) {
  return new ModalRejected(`Cannot ${ACTIONS[method]}: ${state}`, reason, { actionRequired });
}

function unreachable(method: ModalMethod, state: string, detail?: string) {
  const remedy = { actionRequired: CHECK_NETWORK };
  const error = new ModalUnreachable(`Cannot ${ACTIONS[method]}: ${state}`, undefined, remedy);
  error.detail = detail;
  return error;
}

function busy(method: ModalMethod, retryAfterSeconds: number | undefined) {
  const remedy = retryAfterSeconds === undefined
    ? { actionRequired: "Try again shortly" }
    : { actionRequired: `Try again in ${retryAfterSeconds} s`, retryAfterSeconds };
  return new ModalUnreachable(
    `Cannot ${ACTIONS[method]}: Modal asks for patience`,
    retryAfterSeconds,
    remedy,
  );
}

/** The error for a token with characters that cannot be sent. Modal was not called. */
export function unsendableToken(method: ModalMethod): ModalRejected {
  return rejected(method, "bad_token", "the token has characters that no Modal token has", NEW_TOKEN);
}
