import { type Caller, originOf, personOf } from "../../operations/caller.ts";
import { AuthError, Unauthenticated } from "../../lib/errors.ts";
import { newEvent, type Origin } from "../../events/events.ts";
import { isId } from "../../lib/ids.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type User, UserNotFound } from "../users/users.ts";
import { type HasStateRequirements, type Requirement, REQUIREMENTS } from "./requirements.ts";
import { type Moved, moveState, unmetRequirements } from "./state_store.ts";
import { allowedTransitions, statesBefore, type UserState } from "./states.ts";

/** For the statement that signs in. */
export { type EnteringAuth, enteringAuth } from "./state_store.ts";

/** The state that was asked for does not follow the present one; or nothing does, of an account that is disabled. */
export class TransitionNotAllowed extends AuthError {
  readonly code = "TRANSITION_NOT_ALLOWED";
  constructor(to: UserState, { state, disabled }: { state: UserState; disabled: boolean }) {
    super(
      disabled
        ? `Cannot go to ${to}: the account is disabled`
        : `Cannot go to ${to}: from ${state} one can go to ${allowedTransitions(state).join(" or ")}`,
      { actionRequired: disabled ? "Ask whoever runs this service" : "Look at `allowedTransitions`" },
    );
  }
}

/** The state could follow, and takes what the user does not meet. */
export class RequirementsNotMet extends AuthError {
  readonly code = "REQUIREMENTS_NOT_MET";
  constructor(to: UserState, readonly missing: readonly Requirement[]) {
    super(`Cannot go to ${to}: it takes ${missing.join(", ")}`, {
      actionRequired: missing.map((name) => REQUIREMENTS[name]).join("; "),
    });
  }
}

type TransitionServices = HasClock & HasEventLog & HasMetrics & HasStateRequirements;

/**
 * Takes the caller to a state that may follow theirs, and records `state.changed`. Of any number of callers at once
 * one does; the others are judged by the state after that. Throws `TransitionNotAllowed`, `RequirementsNotMet`, or
 * `Unauthenticated` for a user who is gone.
 */
export async function transitionState(
  services: TransitionServices,
  caller: Caller,
  to: UserState,
): Promise<User> {
  const { userId } = personOf(caller);
  const user = await transition(services, originOf(caller), userId, to);
  if (!user) throw new Unauthenticated();
  return user;
}

/**
 * The same for any user, by an operator. The table and the requirements hold for operators too: whoever is in a state
 * meets what it takes, whoever brought them there. Throws `UserNotFound`.
 */
export async function transitionUserState(
  services: TransitionServices,
  caller: Caller,
  userId: string,
  to: UserState,
): Promise<User> {
  const user = isId("usr", userId) ? await transition(services, originOf(caller), userId, to) : undefined;
  if (!user) throw new UserNotFound();
  return user;
}

async function transition(
  services: TransitionServices,
  origin: Origin,
  userId: string,
  to: UserState,
): Promise<User | undefined> {
  const from = statesBefore(to);
  const requirements = services.stateRequirements[to];
  const event = newEvent(services, "state.changed", origin, { userId }, { to });
  const moved = await moveState(services.db, { userId, from, to, requirements }, event);
  if (!moved) return undefined;
  services.count(moved.user ? "stateTransitions" : "stateTransitionFailures");
  if (!moved.user) throw refusalOf(to, from, moved);
  services.wakeLog();
  return moved.user;
}

function refusalOf(
  to: UserState,
  from: readonly UserState[],
  stood: Exclude<Moved, { user: User }>,
): AuthError {
  return stood.disabled || !from.includes(stood.state)
    ? new TransitionNotAllowed(to, stood)
    : new RequirementsNotMet(to, stood.unmet);
}

/** What a state takes, and whether the caller meets it: nobody, and an operator, meets nothing. */
export async function requirementsFor(
  { db, stateRequirements }: HasDatabase & HasStateRequirements,
  caller: Caller,
  state: UserState,
): Promise<{ name: Requirement; satisfied: boolean }[]> {
  const required = stateRequirements[state];
  const unmet = caller.kind === "user" ? await unmetRequirements(db, caller.userId, required) : required;
  return required.map((name) => ({ name, satisfied: !unmet.includes(name) }));
}
