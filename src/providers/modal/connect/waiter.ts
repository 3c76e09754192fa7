import { getLogger } from "@logtape/logtape";
import type { EventLog } from "../../../events/event_log.ts";
import { sleep } from "../../../lib/sleep.ts";
import type { HeldWait, ModalServices } from "./token_flow.ts";
import { pollUntilAnswered } from "./poll.ts";
import { claimWaits, deleteWait, releaseWaits } from "./wait_store.ts";

const log = getLogger(["sallyport", "modal"]);

/** Waits taken over in one go, so that a restart with thousands of them does not start them all in one moment. */
const CLAIM_BATCH = 500;

/** How long a wait that failed for a reason of ours rests before it is offered to every instance again. */
const FAULT_PAUSE_MS = 1_000;

/** Holds this instance's waits for Modal. */
export type ModalWaiter = {
  readonly waiting: number;
  /** Polls for a wait that is stored as this instance's. */
  begin(wait: HeldWait): void;
  /** Takes over the waits that nobody holds any more. */
  takeOver(): Promise<void>;
  /** Stops polling and gives all waits up, so that another instance, or this one's successor, goes on. */
  close(): Promise<void>;
};

/** A waiter for this instance. A flow that is cancelled or expires, on any instance, is let go at once. */
export function createModalWaiter(
  services: Omit<ModalServices, "beginWait">,
  eventLog: Pick<EventLog, "listen">,
): ModalWaiter {
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  let closed = false;

  const letGo = eventLog.listen(["type:flow.cancelled", "type:flow.expired"], (event) => {
    const { flowId } = event;
    if (!flowId || !running.has(flowId)) return;
    running.get(flowId)?.stop.abort();
    deleteWait(services.db, flowId).catch(() => {});
  });

  const run = async (wait: HeldWait, stop: AbortController) => {
    try {
      await pollUntilAnswered(services, wait, stop.signal);
    } catch (error) {
      log.error("A wait for Modal failed: {error}", { flowId: wait.flowId, error });
      await sleep(FAULT_PAUSE_MS, stop.signal);
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
      letGo();
      const waits = [...running.values()];
      for (const { stop } of waits) stop.abort();
      await Promise.all(waits.map(({ done }) => done));
      await releaseWaits(services.db, services.instanceId).catch(() => {});
    },
  };
}
