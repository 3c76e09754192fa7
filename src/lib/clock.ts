/** Tells the time; tests give a clock that they move. */
export type HasClock = { now: () => Date };
