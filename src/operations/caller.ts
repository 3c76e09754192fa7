import { type AuthError, Forbidden, Unauthenticated } from "../lib/errors.ts";
import type { Assurance } from "./assurance.ts";
import type { HasClock } from "../lib/clock.ts";
import type { Tx } from "../events/transaction.ts";
import type { Actor, Origin } from "../events/events.ts";
import type { OperatorRole } from "./operators/roles.ts";
import { includesRole } from "./operators/roles.ts";
import type { ApiKeyScope } from "./api_keys/scopes.ts";

/** A browser, identified by the marks in its device cookie. */
export type Device = {
  /** Returns the nonce of the browser's mark for this subject, unless the mark is older than `since`. */
  nonceOf(subject: string, since: Date | null): string | undefined;
};

/** A signed-in user. Their right ends with the session or when the token expires. */
export type UserCaller = {
  kind: "user";
  userId: string;
  sessionId: string;
  /** Authenticated by an access token or by the cookie. */
  transport: "TOKENS" | "COOKIE";
  /** Guests cannot start anything at a provider. */
  isGuest: boolean;
  /** The cookie's session, if the request also has another session's token. */
  cookieSessionId?: string;
  /** When the user signed in or last proved a factor, as the token says. */
  signedInAt: Date;
  /** The assurance of the session, as the token says. */
  assurance: Assurance;
  tokenExpiresAt: Date;
};

/** A guest whose access token has expired. It gives no permissions. */
export type ExpiredGuest = {
  /** Whether the guest's session has not ended, so that the client can refresh. Throws `Unavailable`. */
  isLive(): Promise<boolean>;
};

/** The caller of a request. Permissions follow from the caller and the owner of the data. */
export type Caller =
  & {
    /** The id of the HTTP request, for its errors and events. Absent in work that no request started. */
    requestId?: string;
    ipAddress: string | null;
    userAgent: string | null;
    /** The browser, if its device cookie may be read. */
    device?: Device;
  }
  & (
    /**
     * An anonymous caller. `because` is set if the caller could not be identified for another reason than a
     * missing or invalid token. `tokenRefused` is set if the request has an invalid token, and `expiredGuest` if it
     * is a guest's that has expired.
     */
    | { kind: "nobody"; because?: AuthError; tokenRefused?: true; expiredGuest?: ExpiredGuest }
    | UserCaller
    | { kind: "operator"; operatorId: string; name: string; role: OperatorRole; expiresAt: Date }
    | {
      kind: "apiKey";
      apiKeyId: string;
      scopes: readonly ApiKeyScope[];
      /** Null if it does not expire. */
      expiresAt: Date | null;
    }
  );

/** Returns the caller in the form that events store. */
export function originOf(caller: Caller): Origin {
  const { ipAddress, userAgent, requestId } = caller;
  return { actor: actorOf(caller), ipAddress, userAgent, ...(requestId !== undefined && { requestId }) };
}

function actorOf(caller: Caller): Actor {
  switch (caller.kind) {
    case "nobody":
      return "system";
    case "user":
      return `user:${caller.userId}`;
    case "operator":
      return `operator:${caller.name}`;
    case "apiKey":
      return `api_key:${caller.apiKeyId}`;
  }
}

/** Returns the owner of what this caller creates; null for operators and API keys. */
export function ownerOf(caller: Caller): string | null {
  return caller.kind === "user" ? caller.userId : null;
}

/** Whether the caller is an operator whose role includes `role`. */
export function hasRole(caller: Caller, role: OperatorRole): boolean {
  return caller.kind === "operator" && includesRole(caller.role, role);
}

/** Whether the caller is an API key with this scope. */
export function hasScope(caller: Caller, scope: ApiKeyScope): boolean {
  return caller.kind === "apiKey" && caller.scopes.includes(scope);
}

/** Whether the caller may act on something of `ownerId`: as its owner, or as an operator with `role`. */
export function mayAct(caller: Caller, role: OperatorRole, ownerId: string | null): boolean {
  return hasRole(caller, role) || (caller.kind === "user" && caller.userId === ownerId);
}

/** Returns the error for a caller without the required permission. */
export function refusal(caller: Caller, role: OperatorRole): AuthError {
  return caller.kind === "nobody"
    ? caller.because ?? new Unauthenticated()
    : new Forbidden(`an operator token with the role ${role}`);
}

/** Returns the error for a caller that is not a signed-in user. Others have no account and no session. */
export function personalRefusal(caller: Caller): AuthError {
  return caller.kind === "operator" || caller.kind === "apiKey"
    ? new Forbidden("a user's own session")
    : refusal(caller, "READ");
}

/** Returns the signed-in user. Throws `Unauthenticated`, or `Forbidden` for an operator or API key. */
export function personOf(caller: Caller): UserCaller {
  if (caller.kind !== "user") throw personalRefusal(caller);
  return caller;
}

/** `requireFreshProof` throws `StepUpRequired` unless the user has just proven their strongest factor in the session. */
export type HasFreshProof = {
  requireFreshProof: (tx: Tx<HasClock>, caller: UserCaller, action: string) => Promise<unknown>;
};

/** Throws `Forbidden` for a guest: provider tokens must belong to an account. */
export function refuseGuests(caller: Caller): void {
  if (caller.kind === "user" && caller.isGuest) throw new Forbidden("an account: register, or sign in");
}
