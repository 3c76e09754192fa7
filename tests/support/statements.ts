import { AsyncLocalStorage } from "node:async_hooks";
import type { TestDatabase } from "./databases.ts";

/** The count for the current work. Background work of the server runs outside of it. */
const measuring = new AsyncLocalStorage<{ roundTrips: number } | undefined>();

/** `database`, for an app whose round trips are measured. */
export function measured(database: TestDatabase): TestDatabase {
  return {
    ...database,
    open: (observe) =>
      database.open((outcome) => {
        const cost = measuring.getStore();
        if (cost) cost.roundTrips++;
        observe?.(outcome);
      }),
  };
}

/**
 * Counts the round trips of `work` to a `measured` database: statements, and the begin and commit of transactions. Work
 * started by a timer, such as the event log that a request wakes, is not counted.
 */
export async function roundTripsOf(work: () => Promise<unknown>): Promise<number> {
  const cost = { roundTrips: 0 };
  const { setTimeout } = globalThis;
  globalThis.setTimeout = new Proxy(setTimeout, {
    apply: (target, self, args) => measuring.run(undefined, () => Reflect.apply(target, self, args)),
  });
  try {
    await measuring.run(cost, work);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return cost.roundTrips;
}
