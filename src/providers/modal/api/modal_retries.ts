import { CallFailed } from "../grpc/grpc_client.ts";
import { isTransient, retryAfterOf } from "./modal_failures.ts";
import type { Attempt } from "./modal_headers.ts";

/** R35: pauses before the three retries of a call. */
const BACK_OFF_SECONDS = [0.1, 0.2, 0.4];
/** Minimum pause, so that a server that asks for less does not make us spin. */
const MIN_THROTTLE_SECONDS = 0.1;
/** Limit of all attempts, because a user waits. A pause that would end later does not start. */
const BUDGET_SECONDS = 60;

/** Sources of time and randomness. */
export type RetryParts = {
  now: () => Date;
  /** A new UUID. */
  uuid: () => string;
  /** Resolves after `seconds`. */
  sleep: (seconds: number) => Promise<void>;
};

/**
 * R35: makes a call until it succeeds, fails permanently, or has used its three retries. If the server asks for a
 * later retry (RPCRetryPolicy), we follow it without counting it, within 60 s in total. All attempts share one
 * idempotency key.
 *
 * @throws the error of the last attempt.
 */
export async function withRetries<T>(
  parts: RetryParts,
  attempt: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const started = parts.now().getTime();
  const idempotencyKey = parts.uuid();
  for (let retries = 0, throttled = 0;;) {
    const now = parts.now();
    const elapsedSeconds = (now.getTime() - started) / 1000;
    try {
      return await attempt({ idempotencyKey, retries, throttled, elapsedSeconds, now });
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      const retryAfter = retryAfterOf(error);
      const pause = retryAfter === undefined
        ? backOff(error, retries)
        : Math.max(retryAfter, MIN_THROTTLE_SECONDS);
      const elapsed = (parts.now().getTime() - started) / 1000;
      if (pause === undefined || elapsed + pause > BUDGET_SECONDS) throw error;
      if (retryAfter === undefined) retries++;
      else throttled++;
      // An aborted sleep means that the client was closed.
      await parts.sleep(pause).catch(() => Promise.reject(error));
    }
  }
}

function backOff(failure: CallFailed, retries: number): number | undefined {
  return isTransient(failure) ? BACK_OFF_SECONDS[retries] : undefined;
}
