/** The state of a user in the application. */
export const USER_STATES = ["VISITOR", "AUTH", "PAYMENT"] as const;

export type UserState = (typeof USER_STATES)[number];

/**
 *     VISITOR ◀──▶ AUTH ◀──▶ PAYMENT
 *
 * | from    | to      | how                                                                             |
 * | ------- | ------- | ------------------------------------------------------------------------------- |
 * | VISITOR | AUTH    | by signing in, or by `transitionState` after going back to VISITOR              |
 * | AUTH    | PAYMENT | by `transitionState`                                                            |
 * | PAYMENT | AUTH    | by `transitionState`                                                            |
 * | AUTH    | VISITOR | by `transitionState`; the session continues, and the next sign-in leads to AUTH |
 *
 * A user must meet the requirements of a state to enter it (`requirements.ts`), in every way. Guests stay
 * VISITORs.
 */
const TRANSITIONS: Record<UserState, readonly UserState[]> = {
  VISITOR: ["AUTH"],
  AUTH: ["VISITOR", "PAYMENT"],
  PAYMENT: ["AUTH"],
};

/** Returns the states that can follow `state` directly. */
export function allowedTransitions(state: UserState): readonly UserState[] {
  return TRANSITIONS[state];
}

/** Returns the states that `state` can follow directly. */
export function statesBefore(state: UserState): readonly UserState[] {
  return USER_STATES.filter((each) => TRANSITIONS[each].includes(state));
}
