import type { EventKey } from "../src/events/event_index.ts";
import type { Endable } from "../src/events/signal.ts";
import { watch } from "../src/events/watch.ts";
import { operatorHolds } from "../src/operators/operators.ts";
import type { Context } from "./context.ts";

/** setTimeout's longest delay; a subscription that lives longer is set anew. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `watch` for a caller: the present value, then newer ones, until one is final or the caller's right ends. */
export function watchAs<T extends { version: number }>(
  context: Context,
  keys: readonly EventKey[],
  read: () => Promise<T>,
  isFinal: (value: T) => boolean,
): AsyncIterableIterator<T> {
  return whileAllowed(context, watch(context.services.eventLog, keys, read, isFinal));
}

/**
 * `values` for as long as the server runs and the caller's token holds: it completes when the server stops, when
 * the operator is revoked (within a second, on every instance), and when the token's time is over.
 */
export function whileAllowed<T>(context: Context, values: Endable<T>): AsyncIterableIterator<T> {
  const { subscriptions } = context.services;
  const end = () => void values.return();
  const stopWatching = watchCaller(context, end);
  subscriptions.add(end);
  values.whenEnded(() => {
    subscriptions.delete(end);
    stopWatching();
  });
  return values;
}

/** Calls `onEnd` when the caller's right ends; returns how to stop watching. */
function watchCaller({ caller, services }: Context, onEnd: () => void): () => void {
  if (caller.kind !== "operator") return () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    const left = caller.expiresAt.getTime() - services.now().getTime();
    timer = setTimeout(left <= 0 ? onEnd : arm, Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
  };
  const stopListening = services.eventLog.listen(["type:operator.revoked"], (event) => {
    if (event.data["operatorId"] === caller.operatorId) onEnd();
  });
  arm();
  // Whoever was revoked between being let in and our listening is not announced any more.
  operatorHolds(services, caller.operatorId).then((holds) => holds || onEnd(), onEnd);
  return () => {
    clearTimeout(timer);
    stopListening();
  };
}
