import { type Caller, originOf, personOf } from "../../operations/caller.ts";
import { AuthError, Unauthenticated } from "../../lib/errors.ts";
import { type NewEvent, newEvent, type Origin } from "../../events/events.ts";
import { isId } from "../../lib/ids.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { Assurance } from "../../operations/assurance.ts";
import { findUser, type NewUser, type User, UserNotFound } from "../users/users.ts";
import { type HasStateRequirements, type Requirement, REQUIREMENTS, unmetBy } from "./requirements.ts";
import { moveState, withTransition } from "./state_store.ts";
import { allowedTransitions, type UserState } from "./states.ts";

/** The requested state cannot follow the current one, or the account is disabled. */
export class TransitionNotAllowed extends AuthError {
  readonly code = "TRANSITION_NOT_ALLOWED";
  constructor(to: UserState, { state, disabledAt }: User) {
    super(
      disabledAt
        ? `Cannot go to ${to}: the account is disabled`
        : `Cannot go to ${to}: from ${state} one can go to ${allowedTransitions(state).join(" or ")}`,
      {
        actionRequired: disabledAt ? "Contact the operator of this service" : "Look at `allowedTransitions`",
      },
    );
  }
}

/** The user does not meet the requirements of the state. */
export class RequirementsNotMet extends AuthError {
  readonly code = "REQUIREMENTS_NOT_MET";
  constructor(to: UserState, readonly missing: readonly Requirement[]) {
    super(`Cannot go to ${to}: it requires ${missing.join(", ")}`, {
      actionRequired: missing.map((name) => REQUIREMENTS[name].remedy).join("; "),
    });
    this.note = { detail: missing.join(",") };
  }
}

type TransitionServices = HasClock & HasEventLog & HasMetrics & HasStateRequirements;

/**
 * Changes the caller's state and records `state.changed`. Of several parallel callers one succeeds, and the
 * others are checked against the new state.
 *
 * @throws `TransitionNotAllowed`; `RequirementsNotMet`; `Unauthenticated` if the user is deleted.
 */
export async function transitionState(
  services: TransitionServices,
  caller: Caller,
  to: UserState,
): Promise<User> {
  const { userId, assurance } = personOf(caller);
  const user = await transition(services, originOf(caller), userId, to, assurance);
  if (!user) throw new Unauthenticated();
  return user;
}

/**
 * Changes the state of any user, for an operator. Transitions and requirements apply to operators too, so
 * every user in a state meets its requirements.
 *
 * @throws `UserNotFound`, `TransitionNotAllowed` or `RequirementsNotMet`.
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
  assurance?: Assurance,
): Promise<User | undefined> {
  const requirements = services.stateRequirements[to];
  let user = await findUser(services.db, userId);
  while (user) {
    const refusal = refusalOf(user, to, requirements, assurance);
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

function refusalOf(
  user: User,
  to: UserState,
  requirements: readonly Requirement[],
  assurance: Assurance | undefined,
): AuthError | undefined {
  if (user.disabledAt || !allowedTransitions(user.state).includes(to)) {
    return new TransitionNotAllowed(to, user);
  }
  const missing = unmetBy({ ...user, assurance }, requirements);
  return missing.length > 0 ? new RequirementsNotMet(to, missing) : undefined;
}

type MoveServices = HasDatabase & HasClock & HasMetrics;

/** Changes the state and records `state.changed`. Returns undefined if the user has changed since it was read. */
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

/**
 * Moves a user who has just signed in from VISITOR to AUTH, if the requirements are met. Returns the user
 * after that.
 */
export async function enterAuth(
  services: MoveServices,
  origin: Origin,
  signedIn: User,
  requirements: readonly Requirement[],
  assurance: Assurance,
): Promise<User> {
  let user = signedIn;
  while (user.state === "VISITOR" && !refusalOf(user, "AUTH", requirements, assurance)) {
    const now = await moveUser(services, origin, user, "AUTH") ?? await findUser(services.db, user.id);
    if (!now) break;
    user = now;
  }
  return user;
}

/** Does the same for a new user that is stored by the sign-in: returns the user to store and the events to write. */
export function enteringAuth(
  services: HasClock,
  origin: Origin,
  user: NewUser,
  requirements: readonly Requirement[],
): { user: NewUser; events: NewEvent[] } {
  const { id: userId, isGuest = false, emailVerifiedAt, username, passwordHash } = user;
  const applicant = { isGuest, emailVerifiedAt, username, hasPassword: passwordHash !== null, factors: [] };
  if (unmetBy(applicant, requirements).length > 0) return { user, events: [] };
  const change = { from: "VISITOR", to: "AUTH" } as const;
  const event = newEvent(services, "state.changed", origin, { userId }, change);
  return {
    user: { ...user, state: "AUTH", stateMetadata: withTransition({}, change, event) },
    events: [event],
  };
}

/**
 * Returns the requirements of a state, and whether the caller meets them. Anonymous callers and operators
 * meet none.
 */
export async function requirementsFor(
  { db, stateRequirements }: HasDatabase & HasStateRequirements,
  caller: Caller,
  state: UserState,
): Promise<{ name: Requirement; satisfied: boolean }[]> {
  const required = stateRequirements[state];
  const user = caller.kind === "user" ? await findUser(db, caller.userId) : undefined;
  const assurance = caller.kind === "user" ? caller.assurance : undefined;
  const unmet = user ? unmetBy({ ...user, assurance }, required) : required;
  return required.map((name) => ({ name, satisfied: !unmet.includes(name) }));
}
