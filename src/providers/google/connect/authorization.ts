import { GOOGLE_AUTHORIZATION } from "../google_terms.ts";
import { type Caller, hasRole, refusal, refuseGuests } from "../../../operations/caller.ts";
import { type Flow, FlowNotFound } from "../../../flows/flows.ts";
import { openIfPossible, seal } from "../../../platform/keys/seal.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";

/** Reads stored authorizations. The caller must check permissions first. */
export { findAuthorizations } from "./google_authorization_store.ts";

/** Prefix of every OAuth state token. */
export const STATE_PREFIX = "spg";

/**
 * WEB: Google redirects to this server. CLI: Google redirects to a listener of the command line on its own machine.
 */
export type GoogleAuthorizationMode = "WEB" | "CLI";

/** The public detail of a Google authorization flow. */
export type GoogleAuthorizationDetail = {
  mode: GoogleAuthorizationMode;
  redirectUri: string;
  /** Requested scopes. The credential holds the granted ones. */
  scopes: string[];
};

export type GoogleAuthorizationFlow = Flow<GoogleAuthorizationDetail>;

/**
 * Narrows `flow` to a Google authorization.
 *
 * @throws FlowNotFound for a flow of another kind.
 */
export function asGoogleAuthorization(flow: Flow): GoogleAuthorizationFlow {
  if (flow.kind !== GOOGLE_AUTHORIZATION) throw new FlowNotFound();
  return flow as GoogleAuthorizationFlow;
}

/** The stored part of an authorization besides its flow. */
export type Authorization = {
  flowId: string;
  /** Hash of the secret in the cookie of the browser that started it; null when it was not started in a browser. */
  browserHash: Uint8Array | null;
  /** Id of the user or operator. */
  startedBy: string;
  /** The user's session; null for an operator. */
  sessionId: string | null;
  /** When the state expires. */
  expiresAt: Date;
  usedAt: Date | null;
  /**
   * Sealed JSON of the caller. Authorizations with the same text share it: each new one inherits it from the last.
   */
  resume: string | null;
};

/** Sealed in the flow while it is open. */
export type AuthorizationSecrets = {
  codeVerifier: string;
  /** Contains the state. */
  authorizationUrl: string;
  /** Validated URL to redirect the browser to after the authorization. */
  returnTo: string | null;
};

type Keys = HasKeys["keys"];

export function sealSecrets(keys: Keys, flowId: string, secrets: AuthorizationSecrets): Promise<string> {
  return seal(keys, "flow", flowId, secrets);
}

/**
 * Opens the secrets of the flow. Returns undefined if the flow has ended or its root secret is no longer configured.
 */
export async function openSecrets(
  keys: Keys,
  { id, sealed }: Pick<Flow, "id" | "sealed">,
): Promise<AuthorizationSecrets | undefined> {
  return sealed
    ? await openIfPossible(keys, "flow", id, sealed) as AuthorizationSecrets | undefined
    : undefined;
}

/** Seals `resume` for the user or operator, not for one flow, so that their next flow can inherit it unchanged. */
export function sealResume(keys: Keys, startedBy: string, resume: unknown): Promise<string> {
  return seal(keys, "flow", `${startedBy} resume`, resume);
}

/** Opens `resume`. Returns null if there is none or its root secret is no longer configured. */
export async function openResume(
  keys: Keys,
  { startedBy, resume }: Pick<Authorization, "startedBy" | "resume">,
): Promise<unknown> {
  return resume === null ? null : await openIfPossible(keys, "flow", `${startedBy} resume`, resume) ?? null;
}

/**
 * The fields that identify the caller in an authorization; undefined for an unauthenticated caller, and for an API key,
 * which may not start one.
 */
export function starterOf(
  caller: Caller,
): Pick<Authorization, "startedBy" | "sessionId"> | undefined {
  switch (caller.kind) {
    case "nobody":
    case "apiKey":
      return undefined;
    case "user":
      return { startedBy: caller.userId, sessionId: caller.sessionId };
    case "operator":
      return { startedBy: caller.operatorId, sessionId: null };
  }
}

/**
 * Returns the fields that identify the caller in an authorization. Operators need the role REVEAL, because
 * `googleAccess` gives the accounts that operators connected to all of them, without a choice (R54).
 *
 * @throws Unauthenticated for an unauthenticated caller.
 * @throws Forbidden for guests, and for operators without REVEAL.
 */
export function requireStarter(caller: Caller): Pick<Authorization, "startedBy" | "sessionId"> {
  const starter = starterOf(caller);
  if (!starter || (caller.kind === "operator" && !hasRole(caller, "REVEAL"))) {
    throw refusal(caller, "REVEAL");
  }
  refuseGuests(caller);
  return starter;
}

/** Whether the caller started the authorization. Operators can see flows of others, but not their `resume`. */
export function isOwn(caller: Caller, { startedBy }: Pick<Authorization, "startedBy">): boolean {
  return starterOf(caller)?.startedBy === startedBy;
}
