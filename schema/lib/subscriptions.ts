import type { EventKey } from "../../src/events/event_index.ts";
import type { Endable } from "../../src/events/signal.ts";
import { watch } from "../../src/events/watch.ts";
import { operatorHolds } from "../../src/operations/operators/operators.ts";
import type { Context } from "./context.ts";

/** setTimeout's longest delay; a subscription that lives longer is set anew. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `watch` for a caller: the present value, then newer ones, until one is final or the caller's right ends. */
export function watchAs<T extends { version: number }>(
  context: Context,
  keys: readonly EventKey[],
  read: () => Promise<T>,
  isFinal: (value: T) => boolean,
  holder?: string,
): AsyncIterableIterator<T> {
  return whileAllowed(context, watch(context.services.eventLog, keys, read, isFinal), holder);
}

/**
 * `values` for as long as the server runs and the caller's right holds: it completes when the server stops, when the
 * session has ended or the operator was revoked (within a second, on every instance), and when the token's time is
 * over. Throws `RateLimited` when a person holds too many, or `holder`, by which who is nobody is told.
 */
export function whileAllowed<T>(
  context: Context,
  values: Endable<T>,
  holder?: string,
): AsyncIterableIterator<T> {
  const { caller, services } = context;
  const end = () => void values.return();
  const stopWatching = watchCaller(context, end);
  try {
    const remove = services.subscriptions.add(end, caller.kind === "user" ? caller.userId : holder);
    values.whenEnded(() => {
      remove();
      stopWatching();
    });
  } catch (error) {
    stopWatching();
    end();
    throw error;
  }
  return values;
}

/** Calls `onEnd` when the caller's right ends; returns how to stop watching. */
function watchCaller(context: Context, onEnd: () => void): () => void {
  const { caller, services } = context;
  switch (caller.kind) {
    case "nobody":
      return () => {};
    case "user":
      return together(
        at(context, caller.tokenExpiresAt, onEnd),
        services.eventLog.listen([`session:${caller.sessionId}`], ({ type }) => {
          if (type === "session.revoked") onEnd();
        }),
        // Ended between being let in and our listening: the log's tail has told the instance, and tells no more.
        unless(
          () => Promise.resolve(services.revokedSessions.has(caller.sessionId)).then((ended) => !ended),
          onEnd,
        ),
      );
    case "operator":
      return together(
        at(context, caller.expiresAt, onEnd),
        services.eventLog.listen(["type:operator.revoked"], ({ data }) => {
          if (data["operatorId"] === caller.operatorId) onEnd();
        }),
        unless(() => operatorHolds(services, caller.operatorId), onEnd),
      );
  }
}

/** Calls `onEnd` at `instant`, by the server's clock. */
function at({ services }: Context, instant: Date, onEnd: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    const left = instant.getTime() - services.now().getTime();
    timer = setTimeout(left <= 0 ? onEnd : arm, Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
  };
  arm();
  return () => clearTimeout(timer);
}

/** Calls `onEnd` unless the right holds now. What cannot be found out does not hold. */
function unless(holds: () => Promise<boolean>, onEnd: () => void): () => void {
  holds().then((does) => does || onEnd(), onEnd);
  return () => {};
}

function together(...stops: (() => void)[]): () => void {
  return () => stops.forEach((stop) => stop());
}
