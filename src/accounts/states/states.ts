/** Where somebody stands with the application. */
export const USER_STATES = ["VISITOR", "AUTH", "PAYMENT"] as const;

export type UserState = (typeof USER_STATES)[number];

/**
 *     VISITOR ◀──▶ AUTH ◀──▶ PAYMENT
 *
 * | from    | to      | how                                                                            |
 * | ------- | ------- | ------------------------------------------------------------------------------ |
 * | VISITOR | AUTH    | by signing in; by `transitionState`, for who is signed in and went back before |
 * | AUTH    | PAYMENT | by `transitionState`                                                           |
 * | PAYMENT | AUTH    | by `transitionState`                                                           |
 * | AUTH    | VISITOR | by `transitionState`: the session goes on, and the next sign-in leads to AUTH  |
 *
 * Whoever enters a state meets its requirements then (`requirements.ts`), however they come. A guest stays a VISITOR.
 */
const TRANSITIONS: Record<UserState, readonly UserState[]> = {
  VISITOR: ["AUTH"],
  AUTH: ["VISITOR", "PAYMENT"],
  PAYMENT: ["AUTH"],
};

/** The states that can follow `state` at once. */
export function allowedTransitions(state: UserState): readonly UserState[] {
  return TRANSITIONS[state];
}

/** The states that `state` can follow at once. */
export function statesBefore(state: UserState): readonly UserState[] {
  return USER_STATES.filter((each) => TRANSITIONS[each].includes(state));
}
