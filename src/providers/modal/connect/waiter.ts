import { getLogger } from "@logtape/logtape";
import type { EventLog } from "../../../events/event_log.ts";
import { sleep } from "../../../lib/sleep.ts";
import type { HeldWait, ModalServices } from "./token_flow.ts";
import { pollUntilAnswered } from "./poll.ts";
import { claimWaits, deleteWait, releaseWaits } from "./wait_store.ts";

const log = getLogger(["sallyport", "modal"]);

/** Waits claimed at a time, so that a restart with thousands of them does not start all at once. */
const CLAIM_BATCH = 500;

/** Pause after an internal failure, before the wait is released to all instances. */
const FAILURE_PAUSE_MS = 1_000;

/** Polls Modal for the waits of this instance. */
export type ModalWaiter = {
  readonly waiting: number;
  /** Starts polling for a wait that is stored as owned by this instance. */
  begin(wait: HeldWait): void;
  /** Claims the waits of instances that are gone. */
  takeOver(): Promise<void>;
  /** Stops polling and releases all waits, so that another instance or the next process continues. */
  close(): Promise<void>;
};

/**
 * Creates the waiter of this instance. It stops polling at once when a flow is cancelled or expires, on any instance.
 */
export function createModalWaiter(
  services: Omit<ModalServices, "beginWait">,
  eventLog: Pick<EventLog, "listen">,
): ModalWaiter {
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  let closed = false;

  const unsubscribe = eventLog.listen(["type:flow.cancelled", "type:flow.expired"], (event) => {
    const { flowId } = event;
    if (!flowId || !running.has(flowId)) return;
    running.get(flowId)?.stop.abort();
    deleteWait(services.db, flowId).catch(() => {});
  });

  const run = async (wait: HeldWait, stop: AbortController) => {
    try {
      await pollUntilAnswered(services, wait, stop.signal);
    } catch (error) {
      log.error("Polling Modal failed: {error}", { flowId: wait.flowId, error });
      await sleep(FAILURE_PAUSE_MS, stop.signal);
      await releaseWaits(services.db, services.instanceId, wait).catch(() => {});
    }
  };

  const begin = (wait: HeldWait) => {
    if (closed) return;
    running.get(wait.flowId)?.stop.abort();
    const stop = new AbortController();
    const done = run(wait, stop).finally(() => {
      if (running.get(wait.flowId)?.stop === stop) running.delete(wait.flowId);
    });
    running.set(wait.flowId, { stop, done });
  };

  return {
    get waiting() {
      return running.size;
    },
    begin,
    takeOver: async () => {
      const claimed = await claimWaits(services.db, services.instanceId, CLAIM_BATCH);
      if (claimed.length > 0) log.info("Took over {count} waits for Modal", { count: claimed.length });
      claimed.forEach(begin);
    },
    close: async () => {
      closed = true;
      unsubscribe();
      const waits = [...running.values()];
      for (const { stop } of waits) stop.abort();
      await Promise.all(waits.map(({ done }) => done));
      await releaseWaits(services.db, services.instanceId).catch(() => {});
    },
  };
}
