import { GOOGLE_AUTHORIZATION } from "../google_terms.ts";
import { type Caller, hasRole, refusal, refuseGuests } from "../../../operations/caller.ts";
import { type Flow, FlowNotFound } from "../../../flows/flows.ts";
import { CannotOpen, open, seal } from "../../../platform/keys/seal.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";

/** Authorizations as they are stored, for whoever has made sure of the caller's right. */
export { findAuthorizations } from "./google_authorization_store.ts";

/** Begins every state. */
export const STATE_PREFIX = "spg";

/** WEB: the browser comes back to this server. CLI: to a listener of the command line's own, on its machine. */
export type GoogleAuthorizationMode = "WEB" | "CLI";

/** What a Google authorization shows of itself. */
export type GoogleAuthorizationDetail = {
  mode: GoogleAuthorizationMode;
  redirectUri: string;
  /** What is asked for; what was granted stands with the credential. */
  scopes: string[];
};

export type GoogleAuthorizationFlow = Flow<GoogleAuthorizationDetail>;

/** `flow` as a Google authorization. Throws `FlowNotFound` for one of another kind. */
export function asGoogleAuthorization(flow: Flow): GoogleAuthorizationFlow {
  if (flow.kind !== GOOGLE_AUTHORIZATION) throw new FlowNotFound();
  return flow as GoogleAuthorizationFlow;
}

/** What stands beside the flow: who started it, where, and what they asked us to keep. */
export type Authorization = {
  flowId: string;
  /** Of the secret in the cookie of the browser that started it; null when no browser did. */
  browserHash: Uint8Array | null;
  /** The user or the operator. */
  startedBy: string;
  /** The user's session; null for an operator. */
  sessionId: string | null;
  /** When the state is good no more. */
  expiresAt: Date;
  usedAt: Date | null;
  /** Sealed. The same text with several is the same thing, handed on from one to the next. */
  resume: string | null;
};

/** What the flow keeps sealed while it is open. */
export type AuthorizationSecrets = {
  codeVerifier: string;
  /** Holds the state. */
  authorizationUrl: string;
  /** Where the browser goes in the end; checked. */
  returnTo: string | null;
};

type Keys = HasKeys["keys"];

export function sealSecrets(keys: Keys, flowId: string, secrets: AuthorizationSecrets): Promise<string> {
  return seal(keys, "flow", flowId, secrets);
}

/** What the flow keeps sealed; undefined once it has ended, or its root secret is not configured any more. */
export async function openSecrets(
  keys: Keys,
  { id, sealed }: Pick<Flow, "id" | "sealed">,
): Promise<AuthorizationSecrets | undefined> {
  return sealed ? await openedIfPossible(keys, id, sealed) as AuthorizationSecrets | undefined : undefined;
}

/** Sealed for who starts, and not for one flow: the next one of theirs is handed it on as it is. */
export function sealResume(keys: Keys, startedBy: string, resume: unknown): Promise<string> {
  return seal(keys, "flow", `${startedBy} resume`, resume);
}

/** What was kept; null when there is nothing, or the root secret it was sealed under is not configured any more. */
export async function openResume(
  keys: Keys,
  { startedBy, resume }: Pick<Authorization, "startedBy" | "resume">,
): Promise<unknown> {
  return resume === null ? null : await openedIfPossible(keys, `${startedBy} resume`, resume) ?? null;
}

async function openedIfPossible(keys: Keys, context: string, sealed: string): Promise<unknown> {
  try {
    return await open(keys, "flow", context, sealed);
  } catch (error) {
    if (error instanceof CannotOpen) return undefined;
    throw error;
  }
}

/** Who a caller is to their authorizations; undefined for nobody. */
export function starterOf(
  caller: Caller,
): Pick<Authorization, "startedBy" | "sessionId"> | undefined {
  switch (caller.kind) {
    case "nobody":
      return undefined;
    case "user":
      return { startedBy: caller.userId, sessionId: caller.sessionId };
    case "operator":
      return { startedBy: caller.operatorId, sessionId: null };
  }
}

/** Who connects Google. Throws `Unauthenticated`, or `Forbidden` for guests and for operators without OPERATE. */
export function requireStarter(caller: Caller): Pick<Authorization, "startedBy" | "sessionId"> {
  const starter = starterOf(caller);
  if (!starter || (caller.kind === "operator" && !hasRole(caller, "OPERATE"))) {
    throw refusal(caller, "OPERATE");
  }
  refuseGuests(caller);
  return starter;
}

/** Whether it is the caller's own: an operator sees the flows of others, and not what those asked us to keep. */
export function isOwn(caller: Caller, { startedBy }: Pick<Authorization, "startedBy">): boolean {
  return starterOf(caller)?.startedBy === startedBy;
}
