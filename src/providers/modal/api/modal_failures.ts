import type { CallFailed } from "../grpc/grpc_client.ts";
import { status } from "../grpc/grpc_status.ts";
import { type ModalRefusalReason, ModalRejected, ModalUnreachable } from "./modal_api.ts";
import { type ModalMethod, readRetryPolicy } from "./modal_proto.ts";
import { cleanText, readWarnings } from "./modal_texts.ts";

/** R35: what may go better the next time. */
const TRANSIENT: readonly number[] = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.INTERNAL,
  status.UNKNOWN,
  status.CANCELLED,
];

/** A server that asks for more patience than an hour is not taken at its word. */
const MAX_RETRY_AFTER_SECONDS = 3600;

/** What each call is for, to finish the sentence "Cannot …: …". */
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

/** True when R35 has the call tried again on its own account, that is without the server asking for it. */
export function isTransient(failure: CallFailed): boolean {
  return TRANSIENT.includes(failure.status) && !isNotModal(failure);
}

/**
 * The seconds that the server wants us to wait before the next try (RPCRetryPolicy): between 0 and an hour.
 * Undefined when it wants nothing.
 */
export function retryAfterOf(failure: CallFailed): number | undefined {
  const details = failure.trailers["grpc-status-details-bin"];
  const seconds = details === undefined ? undefined : readRetryPolicy(details);
  if (seconds === undefined) return undefined;
  return seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) : 0;
}

/** The refusal that callers are told of, for a call that is not tried again. Holds none of `secrets`. */
export function toModalError(
  method: ModalMethod,
  failure: CallFailed,
  secrets: readonly string[],
): ModalUnreachable | ModalRejected {
  const error = describe(method, failure, cleanText(failure.details, secrets));
  error.warnings = readWarnings(failure.trailers, secrets);
  return error;
}

/** An answer that lacks what every answer of its kind has, or holds it in a form we must not trust. */
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

/** Modal's protocol has no states for how a flow ends other than well, so statuses and words must tell. */
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
 * Something answered in HTTP and not in gRPC, or in gRPC and without this service. An HTTP answer that
 * proxies give while the server behind them is away (429, 502, 503, 504) says nothing of the kind.
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

/** A token that cannot even be sent, which no token of Modal's is. Modal was not asked. */
export function unsendableToken(method: ModalMethod): ModalRejected {
  return rejected(method, "bad_token", "the token has characters that no Modal token has", NEW_TOKEN);
}
