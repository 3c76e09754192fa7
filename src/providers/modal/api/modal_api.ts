import { AuthError, type Remedy } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secret.ts";

/** A Modal token: the public half (`ak-…`) and the secret half (`as-…`). */
export type ModalToken = { tokenId: string; tokenSecret: Secret };

/** Modal's description of a token. */
export type ModalTokenInfo = {
  tokenId: string;
  tokenName?: string;
  workspaceId?: string;
  workspaceName: string;
  /** Name of the user or service user that owns the token. */
  username?: string;
  createdAt?: Date;
  expiresAt?: Date;
};

export type CreateTokenFlowInput = {
  /** UTM source; empty for none. */
  utmSource: string;
  /** Port of the caller's loopback listener, which Modal's page calls; 0 for none. */
  localhostPort: number;
  /** Path on modal.com to redirect to afterwards; empty for none. */
  nextUrl: string;
  /** Lifetime of the granted token; 0 for the maximum of the workspace. */
  expiresInSeconds: number;
};

export type CreatedTokenFlow = {
  tokenFlowId: string;
  webUrl: string;
  /** The user types it on Modal's page; empty if Modal requires no code. */
  code: string;
  /** Proves to Modal that we created the flow. Never shown and never in a URL. */
  waitSecret: Secret;
};

export type TokenFlowAnswer =
  | { kind: "pending" }
  | { kind: "granted"; token: ModalToken; workspace?: string };

/** A response with the warnings of the server (in the ClientHello response or the `x-modal-warning` trailer). */
export type Answer<T> = { value: T; warnings: string[] };

/** The result of reaching a server without signing in. */
export type ModalReachability = { latencyMs: number; warnings: string[] };

/**
 * The Modal API that we use. `modal_client.ts` implements it with gRPC. Every method may throw `ModalUnreachable` or
 * `ModalRejected`.
 */
export type ModalApi = {
  readonly serverUrl: string;
  /** Checks that the server answers, without a token. A refusal because the token is missing counts as reached. */
  reach(): Promise<ModalReachability>;
  /** Creates a token flow without a token (R34). Retries use one idempotency key (R35). */
  createTokenFlow(input: CreateTokenFlowInput): Promise<Answer<CreatedTokenFlow>>;
  /**
   * Polls once whether the flow was granted. The server may hold the call for `timeoutSeconds`. Never retried (R34):
   * the caller handles transport errors and timeouts.
   */
  waitForTokenFlow(
    input: { tokenFlowId: string; waitSecret: Secret; timeoutSeconds: number },
    signal?: AbortSignal,
  ): Promise<Answer<TokenFlowAnswer>>;
  /** Succeeds if the token works. */
  hello(token: ModalToken): Promise<Answer<void>>;
  tokenInfo(token: ModalToken): Promise<Answer<ModalTokenInfo>>;
  /** The name of the workspace that Modal's clients use as the name of the profile. */
  workspaceName(token: ModalToken): Promise<Answer<string>>;
  /** Closes all connections. Calls in progress fail. */
  close(): void;
};

/**
 * Modal could not be reached: no connection, a timeout, or a status that R35 calls transient, after all retries of
 * the call. This says nothing about the token or the flow.
 */
export class ModalUnreachable extends AuthError {
  readonly code = "PROVIDER_UNAVAILABLE";
  /** Warnings that the server sent with the failure. */
  warnings: string[] = [];
  /**
   * Message of the transport or the server. Only for operators, because it may contain internal network addresses.
   */
  detail: string | undefined;
  constructor(
    message: string,
    readonly retryAfterSeconds: number | undefined,
    remedy: Remedy,
    options?: ErrorOptions,
  ) {
    super(message, remedy, options);
  }
}

/** Why Modal refused, as far as the response shows. */
export type ModalRefusalReason =
  | "denied" // the user denied the request
  | "expired" // the flow expired at Modal
  | "unknown_flow" // unknown or used flow, or a wrong wait secret
  | "bad_token" // the token is malformed, unknown or revoked
  | "not_modal" // the server is not Modal's API
  | "other";

/** Modal refused. A retry does not help. */
export class ModalRejected extends AuthError {
  readonly code = "MODAL_REJECTED";
  /** Warnings that the server sent with the refusal. */
  warnings: string[] = [];
  constructor(message: string, readonly reason: ModalRefusalReason, remedy: Remedy, options?: ErrorOptions) {
    super(message, remedy, options);
  }
}

/** Calls Modal. */
export type HasModal = { modal: ModalApi };
