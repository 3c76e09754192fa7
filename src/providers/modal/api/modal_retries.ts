import { CallFailed } from "../grpc/grpc_client.ts";
import { isTransient, retryAfterOf } from "./modal_failures.ts";
import type { Attempt } from "./modal_headers.ts";

/** R35: the pauses between the four tries that a call gets on its own account. */
const BACK_OFF_SECONDS = [0.1, 0.2, 0.4];
/** A server that asks for less would have us spin. */
const MIN_THROTTLE_SECONDS = 0.1;
/** Somebody waits for the answer: a pause that would end after this is not begun. */
const BUDGET_SECONDS = 60;

/** Where time and chance come from. */
export type RetryParts = {
  now: () => Date;
  /** A new UUID. */
  uuid: () => string;
  /** Ends after so many seconds. */
  sleep: (seconds: number) => Promise<void>;
};

/**
 * R35: makes a call until it succeeds, fails for good, or has used up its three retries. When the server asks to
 * be tried again later (RPCRetryPolicy), that is obeyed and not counted, within 60 s for the whole. Every attempt
 * has the same idempotency key. Throws the last attempt's failure.
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
      const spent = (parts.now().getTime() - started) / 1000;
      if (pause === undefined || spent + pause > BUDGET_SECONDS) throw error;
      if (retryAfter === undefined) retries++;
      else throttled++;
      // A sleep that is cut short means that the client was closed.
      await parts.sleep(pause).catch(() => Promise.reject(error));
    }
  }
}

function backOff(failure: CallFailed, retries: number): number | undefined {
  return isTransient(failure) ? BACK_OFF_SECONDS[retries] : undefined;
}
