import { backOffMs, sleep } from "../lib/sleep.ts";
import { CannotReachServer, RequestRefused } from "./transport.ts";

/** A subscription, and how to handle its values and its failures. */
export type Subscription<Value> = {
  /** Called for each connection, so that a new one can resume where the last one broke. */
  open: () => AsyncIterable<Value>;
  onValue: (value: Value) => void | Promise<void>;
  /** Whether to subscribe again after the server completed the stream; no by default. */
  reopens?: () => boolean;
  /** Tries to solve a permanent refusal, for example by renewing the token. Returns whether to subscribe again. */
  recover?: (error: RequestRefused) => Promise<boolean>;
  /** The stream broke, and will be opened again. */
  onLost?: (error: unknown) => void;
  /** The longest pause between two attempts. */
  maxPauseMs?: number;
};

/** Refusals that are worth a retry: the server is starting, stopping or overloaded. */
const TEMPORARY = ["UNAVAILABLE", "OVERLOADED", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"];

const FIRST_PAUSE_MS = 250;

/** After a connection that lasted this long, the pauses start at the shortest again. */
const GOOD_CONNECTION_MS = 10_000;

/**
 * Follows a subscription until `signal` aborts or the server completes it. After a break it subscribes again, after a
 * pause that doubles, with jitter. The pauses also start at the shortest again when a stream delivered values and then
 * ended with a refusal that `recover` solved: its token expired.
 *
 * @throws RequestRefused if the refusal is permanent and `recover` cannot solve it.
 */
export async function keepSubscribed<Value>(
  subscription: Subscription<Value>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    const start = performance.now();
    let delivered = false;
    let recovered = false;
    try {
      for await (const value of subscription.open()) {
        if (signal.aborted) return;
        delivered = true;
        await subscription.onValue(value);
      }
      if (signal.aborted || !subscription.reopens?.()) return;
      subscription.onLost?.(new CannotReachServer("The server closed the stream"));
    } catch (error) {
      if (signal.aborted) return;
      if (!isTemporary(error)) {
        recovered = error instanceof RequestRefused && await subscription.recover?.(error) === true;
        if (!recovered) throw error;
      }
      subscription.onLost?.(error);
    }
    if (performance.now() - start > GOOD_CONNECTION_MS || (delivered && recovered)) attempt = 1;
    await sleep(backOffMs(attempt, FIRST_PAUSE_MS, subscription.maxPauseMs ?? 30_000), signal);
  }
}

function isTemporary(error: unknown): boolean {
  if (!(error instanceof RequestRefused)) return error instanceof CannotReachServer;
  return TEMPORARY.includes(error.code ?? "INTERNAL_SERVER_ERROR");
}
