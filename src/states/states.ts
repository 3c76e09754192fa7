/** Where somebody stands with the application. */
export const USER_STATES = ["VISITOR", "AUTH", "PAYMENT"] as const;

export type UserState = (typeof USER_STATES)[number];

/**
 *     VISITOR ◀──▶ AUTH ◀──▶ PAYMENT
 *
 * Who signs in goes from VISITOR to AUTH; a guest stays a VISITOR.
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
