import type { Metadata } from "../grpc/grpc_status.ts";
import { VERSION } from "../../../lib/version.ts";
import type { ModalToken } from "./modal_api.ts";
import { unsendableToken } from "./modal_failures.ts";
import type { ModalMethod } from "./modal_proto.ts";
import type { ModalServer } from "./modal_server_url.ts";

/**
 * We speak as Modal's own command line does (client type 1, Python), because it is the one client that starts
 * token flows: it does so without credentials, and with them calls what we call without first fetching an
 * `x-modal-auth-token`, as the JavaScript and Go clients (8, 9) must. Type 1 has to come with a Python version
 * and a release of Modal's client. Modal reads the latter and will one day warn of it, then refuse it: that is
 * why it can be set. Who we really are stands in `user-agent`.
 */
const CLIENT_TYPE = "1";
const PYTHON_VERSION = "3.12.1";

/** The newest of Modal's releases whose messages are known to be the ones in `modal_proto.ts`. */
export const MODAL_CLIENT_VERSION = "1.6.0";

/** The headers of every call. Neither host name nor system release goes out: nobody needs them. */
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

/** Adds the token. Throws `ModalRejected` when it has characters that no header can carry. */
export function withToken(headers: Metadata, method: ModalMethod, token: ModalToken): Metadata {
  const id = token.tokenId;
  const secret = token.tokenSecret.reveal();
  if (![id, secret].every((part) => /^[\x21-\x7e]+$/.test(part))) throw unsendableToken(method);
  return { ...headers, "x-modal-token-id": id, "x-modal-token-secret": secret };
}

/** How often and for how long a call has been tried before this attempt. */
export type Attempt = {
  idempotencyKey: string;
  /** Tries that failed by themselves. */
  retries: number;
  /** Tries that the server asked to repeat later. */
  throttled: number;
  elapsedSeconds: number;
  now: Date;
};

/** Adds what tells the server which attempt of which call this is. */
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
