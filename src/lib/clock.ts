/** Returns the present time; tests pass a clock that they control. */
export type HasClock = { now: () => Date };
