import type { Kysely } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { newId } from "../../lib/ids.ts";
import { forgetDeadInstances, releaseLease, renewLease } from "./instance_store.ts";

/**
 * Renewing every 2 s a lease of 6 s: two renewals may fail before the others take this instance's waits over,
 * and they do so 8 s after it was killed at the latest.
 */
export const RENEW_MS = 2_000;
export const LEASE_SECONDS = 6;
const LEASE_MS = LEASE_SECONDS * 1000;

/** One running server process, as the others see it. */
export type Instance = {
  readonly id: string;
  readonly startedAt: Date;
  /**
   * Calls `work` now and after each renewal, if whoever lives has renewed by then: the time to look for what dead
   * instances left. Once only.
   */
  onRenewed(work: () => Promise<void>): void;
  /** Ends the lease, so that others need not wait for it to run out. */
  close(): Promise<void>;
};

/**
 * Takes out a lease and renews it until closed. Leases are reckoned by the database's clock, for machines'
 * clocks differ. A renewal that fails is tried again; what this instance held may be taken over meanwhile, and
 * who holds something is therefore asked again whenever a result is stored.
 *
 * A database that was away for us was so for others, whose leases have run out and who live: before anything of
 * theirs is taken over, they get the time of a lease to come back. They may hold a token that is given once.
 *
 * `alone` says that no other process can use this database (it is embedded): every other lease is a dead one.
 */
export async function startInstance(
  db: Kysely<Tables>,
  now: () => Date,
  alone: boolean,
): Promise<Instance> {
  const id = newId("ins");
  const startedAt = now();
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<void> = Promise.resolve();
  let afterRenewal = () => Promise.resolve();
  let renewedAt = performance.now();
  let wasAway = false;
  let othersRenewedAt = -Infinity;

  const renew = async () => {
    try {
      await renewLease(db, id, startedAt, LEASE_SECONDS);
      const time = performance.now();
      if (wasAway || time - renewedAt > LEASE_MS) othersRenewedAt = time + LEASE_MS;
      [wasAway, renewedAt] = [false, time];
      if (!closed && time >= othersRenewedAt) await afterRenewal();
    } catch {
      // The next renewal is the retry.
      wasAway = true;
    }
  };
  const renewOnceAndAgain = () => {
    renewing = renew().finally(() => {
      if (!closed) timer = setTimeout(renewOnceAndAgain, RENEW_MS);
    });
  };

  await forgetDeadInstances(db, alone);
  await renewLease(db, id, startedAt, LEASE_SECONDS);
  return {
    id,
    startedAt,
    onRenewed: (work) => {
      afterRenewal = work;
      renewOnceAndAgain();
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await renewing;
      await releaseLease(db, id).catch(() => {});
    },
  };
}

/** Holds waits under the lease of this instance. */
export type HasInstance = { instanceId: string };
