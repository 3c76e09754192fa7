import type { Kysely } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { newId } from "../../lib/ids.ts";
import { forgetDeadInstances, releaseLease, renewLease } from "./instance_store.ts";

/**
 * A lease of 6 s, renewed every 2 s: two renewals may fail before other instances take over, and they take over
 * at most 8 s after a kill.
 */
export const RENEW_MS = 2_000;
export const LEASE_SECONDS = 6;
const LEASE_MS = LEASE_SECONDS * 1000;

/** A running server process, as other instances see it. */
export type Instance = {
  readonly id: string;
  readonly startedAt: Date;
  /**
   * Calls `work` after each renewal, once other live instances have had time to renew too. Use it to take over
   * the work of dead instances. Call it only once.
   */
  onRenewed(work: () => Promise<void>): void;
  /** Ends the lease, so that other instances need not wait until it expires. */
  close(): Promise<void>;
};

/**
 * Registers this instance with a lease and renews it until closed. Leases use the database's clock, because
 * machines' clocks differ. A failed renewal is retried; meanwhile others may take over this instance's work, so
 * every result is stored under a claim check.
 *
 * After a database outage the other instances' leases have expired too, although they are alive and may hold a
 * token that is issued only once. So we wait one lease before we take over work.
 *
 * @param alone no other process can use this database (it is embedded), so all other leases are dead
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

/** Provides the id of this instance. */
export type HasInstance = { instanceId: string };
