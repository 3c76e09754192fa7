import { SYSTEM } from "../events/events.ts";
import { type HasEventLog, inTransaction } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import { lockDueFlows } from "./flow_store.ts";
import { changeFlow, expiry, type Flow, type FlowChange, type FlowKind } from "./flows.ts";

/** Flows ended in one transaction: short enough to hold nobody up. */
const EXPIRY_BATCH = 200;

/** How flows of a kind end that are not simply EXPIRED. */
export type FlowEndings = Partial<Record<FlowKind, (flow: Flow) => FlowChange>>;

/** Ends every open flow whose time is over. Several instances may do it at once. Returns how many ended here. */
export async function expireFlows(
  services: HasClock & HasEventLog,
  endings: FlowEndings = {},
): Promise<number> {
  let ended = 0;
  while (true) {
    const batch = await inTransaction(services, async (tx) => {
      const due = await lockDueFlows(tx.db, tx.now(), EXPIRY_BATCH);
      for (const flow of due) await changeFlow(tx, SYSTEM, flow, (endings[flow.kind] ?? expiry)(flow));
      return due.length;
    });
    ended += batch;
    if (batch < EXPIRY_BATCH) return ended;
  }
}
