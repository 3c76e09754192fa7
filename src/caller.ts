import { AuthError, Forbidden, Unauthenticated } from "./errors.ts";
import type { Origin } from "./events/events.ts";
import type { OperatorRole } from "./operators/roles.ts";
import { includesRole } from "./operators/roles.ts";

/** Who asks. What they may see and change follows from this and from whose the thing is. */
export type Caller =
  & { ipAddress: string | null }
  & (
    /** `because` says why it is not known who asks, when that is not for want of a good token. */
    | { kind: "nobody"; because?: AuthError }
    | { kind: "user"; userId: string }
    | { kind: "operator"; operatorId: string; name: string; role: OperatorRole; expiresAt: Date }
  );

/** How the caller is written into events. */
export function originOf(caller: Caller): Origin {
  switch (caller.kind) {
    case "nobody":
      return { actor: "system", ipAddress: caller.ipAddress };
    case "user":
      return { actor: `user:${caller.userId}`, ipAddress: caller.ipAddress };
    case "operator":
      return { actor: `operator:${caller.name}`, ipAddress: caller.ipAddress };
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
