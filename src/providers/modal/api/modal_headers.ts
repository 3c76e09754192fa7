import type { Metadata } from "../grpc/grpc_status.ts";
import { VERSION } from "../../../lib/version.ts";
import type { ModalToken } from "./modal_api.ts";
import { unsendableToken } from "./modal_failures.ts";
import type { ModalMethod } from "./modal_proto.ts";
import type { ModalServer } from "./modal_server_url.ts";

/**
 * We identify as Modal's own command line (client type 1, Python), the only client that starts token flows. It does
 * so without credentials. With credentials it makes the calls that we need without first fetching an
 * `x-modal-auth-token`, as the JavaScript and Go clients (8, 9) must. Type 1 requires a Python version and a release
 * of Modal's client. Modal reads the release and may one day warn about it and then reject it, so it is configurable.
 * `user-agent` has our real name.
 */
const CLIENT_TYPE = "1";
const PYTHON_VERSION = "3.12.1";

/** The newest release of Modal's client whose messages are known to match `modal_proto.ts`. */
export const MODAL_CLIENT_VERSION = "1.6.0";

/** The headers of every call. Our host name and system release are omitted because Modal does not need them. */
export function clientHeaders(server: ModalServer, clientVersion: string): Metadata {
  return {
    "user-agent": `sallyport/${VERSION}`,
    "x-modal-client-type": CLIENT_TYPE,
    "x-modal-client-version": clientVersion,
    "x-modal-python-version": PYTHON_VERSION,
    "x-modal-platform": `${Deno.build.os}-unknown-${Deno.build.arch}`,
    "x-modal-host": server.hostname,
  };
}

/**
 * Adds the token.
 *
 * @throws ModalRejected if it has characters that a header cannot contain.
 */
export function withToken(headers: Metadata, method: ModalMethod, token: ModalToken): Metadata {
  const id = token.tokenId;
  const secret = token.tokenSecret.reveal();
  if (![id, secret].every((part) => /^[\x21-\x7e]+$/.test(part))) throw unsendableToken(method);
  return { ...headers, "x-modal-token-id": id, "x-modal-token-secret": secret };
}

/** The number and duration of earlier attempts of a call. */
export type Attempt = {
  idempotencyKey: string;
  /** Earlier attempts that failed. */
  retries: number;
  /** Earlier attempts that the server asked to retry later. */
  throttled: number;
  elapsedSeconds: number;
  now: Date;
};

/** Adds headers that identify the call and the attempt. */
export function withAttempt(headers: Metadata, attempt: Attempt): Metadata {
  const { retries, throttled } = attempt;
  const elapsed = attempt.elapsedSeconds.toFixed(3);
  return {
    ...headers,
    "x-idempotency-key": attempt.idempotencyKey,
    "x-retry-attempt": `${retries}`,
    "x-throttle-retry-attempt": `${throttled}`,
    "x-modal-timestamp": (attempt.now.getTime() / 1000).toFixed(3),
    ...(retries > 0 && { "x-retry-delay": elapsed }),
    ...(throttled > 0 && { "x-throttle-retry-delay": elapsed }),
  };
}
