import type { EventKey } from "../../src/events/event_index.ts";
import type { Endable } from "../../src/events/signal.ts";
import { watch } from "../../src/events/watch.ts";
import { operatorHolds } from "../../src/operations/operators/operators.ts";
import { apiKeyHolds } from "../../src/operations/api_keys/authenticate_api_key.ts";
import { atInstant } from "../../src/lib/at_instant.ts";
import { Unauthenticated } from "../../src/lib/errors.ts";
import type { Caller } from "../../src/operations/caller.ts";
import type { Context } from "./context.ts";

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
 * Returns `values` until the caller loses access. Then the consumer gets `Unauthenticated` with the reason: when the
 * token expires, or within one second after any instance has ended the session or revoked the operator or key. When the
 * server stops, the consumer gets `ServerStopping`.
 *
 * @param holder the flow's key, which counts subscriptions of callers that are not signed in
 * @throws RateLimited if the user, the API key or `holder` has too many open subscriptions.
 */
export function whileAllowed<T>(
  context: Context,
  values: Endable<T>,
  holder?: string,
): AsyncIterableIterator<T> {
  const { caller, services } = context;
  const fail = (error: Error) => values.fail(error);
  const stopWatching = watchCaller(context, fail);
  try {
    const remove = services.subscriptions.add(fail, holderOf(caller) ?? holder);
    values.whenEnded(() => {
      remove();
      stopWatching();
    });
  } catch (error) {
    stopWatching();
    void values.return();
    throw error;
  }
  return values;
}

/** Calls `fail` when the caller loses access. Returns a function that stops watching. */
function watchCaller(context: Context, fail: (error: Error) => void): () => void {
  const { caller, services } = context;
  const onExpired = () => fail(new Unauthenticated("TOKEN_EXPIRED"));
  const onEnded = () => fail(new Unauthenticated("SESSION_ENDED"));
  switch (caller.kind) {
    case "nobody":
      return () => {};
    case "user":
      return together(
        atInstant(services.now, caller.tokenExpiresAt, onExpired),
        services.eventLog.listen([`session:${caller.sessionId}`], ({ type }) => {
          if (type === "session.revoked") onEnded();
        }),
        // The session may have ended after the request was authenticated and before we listened. The event has
        // passed, so we check once.
        unless(
          () => Promise.resolve(services.revokedSessions.has(caller.sessionId)).then((ended) => !ended),
          onEnded,
          fail,
        ),
      );
    case "operator":
      return together(
        atInstant(services.now, caller.expiresAt, onExpired),
        services.eventLog.listen(["type:operator.revoked"], ({ data }) => {
          if (data["operatorId"] === caller.operatorId) onEnded();
        }),
        unless(() => operatorHolds(services, caller.operatorId), onEnded, fail),
      );
    case "apiKey":
      return together(
        ...(caller.expiresAt ? [atInstant(services.now, caller.expiresAt, onExpired)] : []),
        services.eventLog.listen(["type:api_key.revoked"], ({ data }) => {
          if (data["apiKeyId"] === caller.apiKeyId) onEnded();
        }),
        unless(() => apiKeyHolds(services, caller.apiKeyId), onEnded, fail),
      );
  }
}

/** Returns the user or API key whose open subscriptions are counted together. Those of operators are not counted. */
function holderOf(caller: Caller): string | undefined {
  if (caller.kind === "user") return caller.userId;
  return caller.kind === "apiKey" ? caller.apiKeyId : undefined;
}

/** Calls `otherwise` if `holds` returns false, and `fail` if it throws. */
function unless(
  holds: () => Promise<boolean>,
  otherwise: () => void,
  fail: (error: Error) => void,
): () => void {
  holds().then((does) => does || otherwise(), fail);
  return () => {};
}

function together(...stops: (() => void)[]): () => void {
  return () => stops.forEach((stop) => stop());
}
