import { SYSTEM } from "../events/events.ts";
import { type HasEventLog, inTransaction } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import { lockDueFlows } from "./flow_store.ts";
import type { FlowKind } from "./flow_kind.ts";
import { changeFlow, expiry } from "./flows.ts";

/** Flows per transaction: few, so that row locks are held briefly. */
const EXPIRY_BATCH = 200;

/**
 * Ends every open flow that has expired, and returns the number of flows that this call ended. Instances can run this
 * concurrently: each skips the rows that another has locked.
 */
export async function expireFlows(
  services: HasClock & HasEventLog,
  kinds: readonly FlowKind[] = [],
): Promise<number> {
  const endings = new Map(kinds.map(({ kind, ending }) => [kind, ending]));
  let ended = 0;
  while (true) {
    const batch = await inTransaction(services, async (tx) => {
      const due = await lockDueFlows(tx.db, tx.now(), EXPIRY_BATCH);
      for (const flow of due) await changeFlow(tx, SYSTEM, flow, (endings.get(flow.kind) ?? expiry)(flow));
      return due.length;
    });
    ended += batch;
    if (batch < EXPIRY_BATCH) return ended;
  }
}
