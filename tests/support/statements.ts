import { AsyncLocalStorage } from "node:async_hooks";
import type { TestDatabase } from "./databases.ts";

/** What the present work costs. What the server does by itself runs outside. */
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
 * Round trips to a `measured` database that `work` causes: statements, and the beginning and the commit of a
 * transaction. What a timer starts does not count: that is the log's tail, which a request wakes.
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
