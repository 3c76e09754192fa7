import { type Caller, originOf, personOf } from "../../operations/caller.ts";
import { AuthError, Unauthenticated } from "../../lib/errors.ts";
import { type NewEvent, newEvent, type Origin } from "../../events/events.ts";
import { isId } from "../../lib/ids.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { findUser, type NewUser, type User, UserNotFound } from "../users/users.ts";
import { type HasStateRequirements, type Requirement, REQUIREMENTS, unmetBy } from "./requirements.ts";
import { moveState, noted } from "./state_store.ts";
import { allowedTransitions, type UserState } from "./states.ts";

/** The state that was asked for does not follow the present one; or nothing does, of an account that is disabled. */
export class TransitionNotAllowed extends AuthError {
  readonly code = "TRANSITION_NOT_ALLOWED";
  constructor(to: UserState, { state, disabledAt }: User) {
    super(
      disabledAt
        ? `Cannot go to ${to}: the account is disabled`
        : `Cannot go to ${to}: from ${state} one can go to ${allowedTransitions(state).join(" or ")}`,
      { actionRequired: disabledAt ? "Ask whoever runs this service" : "Look at `allowedTransitions`" },
    );
  }
}

/** The state could follow, and takes what the user does not meet. */
export class RequirementsNotMet extends AuthError {
  readonly code = "REQUIREMENTS_NOT_MET";
  constructor(to: UserState, readonly missing: readonly Requirement[]) {
    super(`Cannot go to ${to}: it takes ${missing.join(", ")}`, {
      actionRequired: missing.map((name) => REQUIREMENTS[name].remedy).join("; "),
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
  const requirements = services.stateRequirements[to];
  let user = await findUser(services.db, userId);
  while (user) {
    const refusal = refusalOf(user, to, requirements);
    if (refusal) {
      services.count("stateTransitionFailures");
      throw refusal;
    }
    const moved = await moveUser(services, origin, user, to);
    if (moved) {
      services.wakeLog();
      return moved;
    }
    user = await findUser(services.db, userId);
  }
  return undefined;
}

function refusalOf(user: User, to: UserState, requirements: readonly Requirement[]): AuthError | undefined {
  if (user.disabledAt || !allowedTransitions(user.state).includes(to)) {
    return new TransitionNotAllowed(to, user);
  }
  const missing = unmetBy(user, requirements);
  return missing.length > 0 ? new RequirementsNotMet(to, missing) : undefined;
}

type MoveServices = HasDatabase & HasClock & HasMetrics;

/** Changes the state and records `state.changed`. Returns undefined when the user has changed since they were read. */
async function moveUser(
  services: MoveServices,
  origin: Origin,
  user: User,
  to: UserState,
): Promise<User | undefined> {
  const data = { from: user.state, to };
  const event = newEvent(services, "state.changed", origin, { userId: user.id }, data);
  const moved = await moveState(services.db, user, to, event);
  if (moved) services.count("stateTransitions");
  return moved;
}

/** Takes a user who has just signed in from VISITOR to AUTH if they meet what it requires. Returns them as they are then. */
export async function enterAuth(
  services: MoveServices,
  origin: Origin,
  signedIn: User,
  requirements: readonly Requirement[],
): Promise<User> {
  let user = signedIn;
  while (user.state === "VISITOR" && !refusalOf(user, "AUTH", requirements)) {
    const now = await moveUser(services, origin, user, "AUTH") ?? await findUser(services.db, user.id);
    if (!now) break;
    user = now;
  }
  return user;
}

/** The same for a user who is stored by signing in: how to store them, and the events of it. */
export function enteringAuth(
  services: HasClock,
  origin: Origin,
  user: NewUser,
  requirements: readonly Requirement[],
): { user: NewUser; events: NewEvent[] } {
  const { id: userId, isGuest = false, emailVerifiedAt, username, passwordHash } = user;
  const applicant = { isGuest, emailVerifiedAt, username, hasPassword: passwordHash !== null };
  if (unmetBy(applicant, requirements).length > 0) return { user, events: [] };
  const change = { from: "VISITOR", to: "AUTH" } as const;
  const event = newEvent(services, "state.changed", origin, { userId }, change);
  return { user: { ...user, state: "AUTH", stateMetadata: noted({}, change, event) }, events: [event] };
}

/** What a state takes, and whether the caller meets it: nobody, and an operator, meets nothing. */
export async function requirementsFor(
  { db, stateRequirements }: HasDatabase & HasStateRequirements,
  caller: Caller,
  state: UserState,
): Promise<{ name: Requirement; satisfied: boolean }[]> {
  const required = stateRequirements[state];
  const user = caller.kind === "user" ? await findUser(db, caller.userId) : undefined;
  const unmet = user ? unmetBy(user, required) : required;
  return required.map((name) => ({ name, satisfied: !unmet.includes(name) }));
}
