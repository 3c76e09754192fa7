import { AuthError, Forbidden, Unauthenticated } from "../lib/errors.ts";
import type { Origin } from "../events/events.ts";
import type { OperatorRole } from "./operators/roles.ts";
import { includesRole } from "./operators/roles.ts";

/** A browser, by the marks of its device cookie. */
export type Device = {
  /** The nonce of its mark for this subject, unless the mark is older than `since`. */
  nonceOf(subject: string, since: Date | null): string | undefined;
};

/** A person with a session. Their right ends with it, or when the token they came with does. */
export type UserCaller = {
  kind: "user";
  userId: string;
  sessionId: string;
  /** How they came: by an access token, or by the cookie. */
  transport: "TOKENS" | "COOKIE";
  /** A guest may look around, and start nothing at a provider. */
  isGuest: boolean;
  /** The session of the cookie, when that came along with another one's token. */
  cookieSessionId?: string;
  /** When they signed in, however often the token was renewed since. */
  signedInAt: Date;
  tokenExpiresAt: Date;
};

/** Who asks. What they may see and change follows from this and from whose the thing is. */
export type Caller =
  & {
    ipAddress: string | null;
    userAgent: string | null;
    /** The browser, where its device cookie may be read. */
    device?: Device;
  }
  & (
    /** `because` says why it is not known who asks, when that is not for want of a good token. */
    | { kind: "nobody"; because?: AuthError }
    | UserCaller
    | { kind: "operator"; operatorId: string; name: string; role: OperatorRole; expiresAt: Date }
  );

/** How the caller is written into events. */
export function originOf(caller: Caller): Origin {
  const { ipAddress, userAgent } = caller;
  switch (caller.kind) {
    case "nobody":
      return { actor: "system", ipAddress, userAgent };
    case "user":
      return { actor: `user:${caller.userId}`, ipAddress, userAgent };
    case "operator":
      return { actor: `operator:${caller.name}`, ipAddress, userAgent };
  }
}

/** The user to whom what this caller starts belongs; what an operator starts has no owner. */
export function ownerOf(caller: Caller): string | null {
  return caller.kind === "user" ? caller.userId : null;
}

/** Whether the caller is an operator whose role includes `role`. */
export function hasRole(caller: Caller, role: OperatorRole): boolean {
  return caller.kind === "operator" && includesRole(caller.role, role);
}

/** Whether the caller may act as `role` on something of `ownerId`'s: as its owner, or as an operator. */
export function mayAct(caller: Caller, role: OperatorRole, ownerId: string | null): boolean {
  return hasRole(caller, role) || (caller.kind === "user" && caller.userId === ownerId);
}

/** What a caller without the right to do something is told. */
export function refusal(caller: Caller, role: OperatorRole): AuthError {
  return caller.kind === "nobody"
    ? caller.because ?? new Unauthenticated()
    : new Forbidden(`an operator token with the role ${role}`);
}

/** What a caller who is no person is told where it takes one: an operator has no account and no session. */
export function personalRefusal(caller: Caller): AuthError {
  return caller.kind === "operator" ? new Forbidden("a person's own session") : refusal(caller, "READ");
}

/** The person who calls. Throws `Unauthenticated`, or `Forbidden` for an operator. */
export function personOf(caller: Caller): UserCaller {
  if (caller.kind !== "user") throw personalRefusal(caller);
  return caller;
}

/** What was asked for takes a recent sign-in: a session that was left open, or stolen, is not enough. */
export class RecentSignInRequired extends AuthError {
  readonly code = "RECENT_SIGN_IN_REQUIRED";
  /** `action`: what cannot be done. */
  constructor(action: string) {
    super(`Cannot ${action}: you signed in too long ago`, { actionRequired: "Sign in again" });
  }
}

/** How long after a sign-in it is recent; refreshing a session is no sign-in. */
const RECENT_SIGN_IN_MS = 10 * 60 * 1000;

/** Throws `RecentSignInRequired` for who did not sign in lately. */
export function requireRecentSignIn({ signedInAt }: UserCaller, now: Date, action: string): void {
  if (now.getTime() - signedInAt.getTime() > RECENT_SIGN_IN_MS) throw new RecentSignInRequired(action);
}

/** Throws `Forbidden` for a guest: what a provider issues needs an account to belong to. */
export function refuseGuests(caller: Caller): void {
  if (caller.kind === "user" && caller.isGuest) throw new Forbidden("an account: register, or sign in");
}
