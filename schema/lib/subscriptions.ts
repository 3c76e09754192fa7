import type { EventKey } from "../../src/events/event_index.ts";
import type { Endable } from "../../src/events/signal.ts";
import { watch } from "../../src/events/watch.ts";
import { operatorHolds } from "../../src/operations/operators/operators.ts";
import type { Context } from "./context.ts";

/** The longest delay of setTimeout. A longer wait sets the timer again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * `watch` for a caller: yields the present value, then newer ones, until one is final or the caller's right
 * ends.
 */
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
 * Returns `values`, limited to the caller's right. It completes when the server stops, when the token expires,
 * and within one second when any instance ends the session or revokes the operator.
 *
 * @param holder the flow's key, which counts subscriptions of callers that are not signed in
 * @throws RateLimited if the user or `holder` has too many open subscriptions.
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

/** Calls `onEnd` when the caller's right ends. Returns a function that stops watching. */
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
        // The session may have ended after the request was authenticated and before we listened. The event has
        // passed, so we check once.
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

/** Calls `onEnd` at `instant` by the server's clock. */
function at({ services }: Context, instant: Date, onEnd: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    const left = instant.getTime() - services.now().getTime();
    timer = setTimeout(left <= 0 ? onEnd : arm, Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
  };
  arm();
  return () => clearTimeout(timer);
}

/** Calls `onEnd` unless `holds` returns true. A failed check counts as false. */
function unless(holds: () => Promise<boolean>, onEnd: () => void): () => void {
  holds().then((does) => does || onEnd(), onEnd);
  return () => {};
}

function together(...stops: (() => void)[]): () => void {
  return () => stops.forEach((stop) => stop());
}
