import { AuthError, type Remedy } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secret.ts";

/** A Modal token: the public half (`ak-…`) and the secret half (`as-…`). */
export type ModalToken = { tokenId: string; tokenSecret: Secret };

/** What Modal says a token is. */
export type ModalTokenInfo = {
  tokenId: string;
  tokenName?: string;
  workspaceId?: string;
  workspaceName: string;
  /** The person or service user behind the token. */
  username?: string;
  createdAt?: Date;
  expiresAt?: Date;
};

export type CreateTokenFlowInput = {
  /** Where the person came from; empty for none. */
  utmSource: string;
  /** Port of the caller's loopback listener that Modal's page may ask; 0 for none. */
  localhostPort: number;
  /** Path on modal.com to go on to; empty for none. */
  nextUrl: string;
  /** How long the granted token shall live; 0 for the workspace's maximum. */
  expiresInSeconds: number;
};

export type CreatedTokenFlow = {
  tokenFlowId: string;
  webUrl: string;
  /** To be typed on Modal's page by the person; empty when Modal asks for none. */
  code: string;
  /** Proves to Modal that we are who created the flow. Never shown, never in a URL. */
  waitSecret: Secret;
};

export type TokenFlowAnswer =
  | { kind: "pending" }
  | { kind: "granted"; token: ModalToken; workspace?: string };

/** An answer, with what the server warned of beside it (ClientHello or `x-modal-warning` trailer). */
export type Answer<T> = { value: T; warnings: string[] };

/** Where and how a server was reached, without signing in to it. */
export type ModalReachability = { latencyMs: number; warnings: string[] };

/**
 * The Modal server as we use it. One implementation speaks gRPC (`modal_client.ts`).
 * Every method may throw `ModalUnreachable` or `ModalRejected`.
 */
export type ModalApi = {
  readonly serverUrl: string;
  /** Asks the server for any answer at all, without a token. A refusal for want of a token counts as reached. */
  reach(): Promise<ModalReachability>;
  /** Starts a token flow. Needs no token (R34). Retried under one idempotency key (R35). */
  createTokenFlow(input: CreateTokenFlowInput): Promise<Answer<CreatedTokenFlow>>;
  /**
   * Asks once whether the flow was granted; the server may hold the call for `timeoutSeconds`. Never retried
   * (R34): a transport error or a missed deadline throws, and the caller decides what it costs.
   */
  waitForTokenFlow(
    input: { tokenFlowId: string; waitSecret: Secret; timeoutSeconds: number },
    signal?: AbortSignal,
  ): Promise<Answer<TokenFlowAnswer>>;
  /** Succeeds when the token works. */
  hello(token: ModalToken): Promise<Answer<void>>;
  tokenInfo(token: ModalToken): Promise<Answer<ModalTokenInfo>>;
  /** The workspace's name as other Modal clients name a profile by it. */
  workspaceName(token: ModalToken): Promise<Answer<string>>;
  /** Ends all connections; calls under way fail. */
  close(): void;
};

/**
 * Modal could not be asked: no connection, a missed deadline, or a status that R35 calls transient,
 * after the retries that the call allows. Says nothing about the token or the flow.
 */
export class ModalUnreachable extends AuthError {
  readonly code = "PROVIDER_UNAVAILABLE";
  /** What the server warned of beside the failure. */
  warnings: string[] = [];
  /** What the transport or the server said, for operators alone: it may name addresses of the network here. */
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

/** Why Modal said no, as far as the answer tells. */
export type ModalRefusalReason =
  | "denied" // the person said no
  | "expired" // Modal gave the flow up
  | "unknown_flow" // no such flow, a spent one, or a wrong wait secret
  | "bad_token" // the token is malformed, unknown or revoked
  | "not_modal" // something answers there, but it does not speak Modal's API
  | "other";

/** Modal answered, and the answer is no; asking again will not change it. */
export class ModalRejected extends AuthError {
  readonly code = "MODAL_REJECTED";
  /** What the server warned of beside the refusal. */
  warnings: string[] = [];
  constructor(message: string, readonly reason: ModalRefusalReason, remedy: Remedy, options?: ErrorOptions) {
    super(message, remedy, options);
  }
}

/** Calls Modal. */
export type HasModal = { modal: ModalApi };
