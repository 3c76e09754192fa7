import { backOffMs, sleep } from "../lib/sleep.ts";
import { CannotReachServer, RequestRefused } from "./transport.ts";

/** A subscription that is kept up. */
export type Kept<Value> = {
  /** Subscribes: called for each connection, so that it goes on from where the last one broke off. */
  open: () => AsyncIterable<Value>;
  heard: (value: Value) => void | Promise<void>;
  /** Whether to go on when the server has ended it; it does not when this is left out. */
  goesOn?: () => boolean;
  /** Whether something was done about a refusal that is none that passes: it is tried again then. */
  remedied?: (error: RequestRefused) => Promise<boolean>;
  /** It broke off, and is tried again. */
  lost?: (error: unknown) => void;
  /** The longest pause between two tries. */
  mostPauseMs?: number;
};

/** Refusals that are no reason to give up: the server is starting, stopping or has too much to do. */
const PASSING = ["UNAVAILABLE", "OVERLOADED", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"];

const FIRST_PAUSE_MS = 250;

/** A connection that has stood so long was a good one: the pauses begin at the shortest again. */
const GOOD_MS = 10_000;

/**
 * Follows a subscription until `signal` aborts or the server has ended it for good, through whatever breaks off in
 * between: it subscribes again after a pause that doubles, with jitter. One that brought something before it was
 * refused, and is remedied, was a good one too: its token was over, however short it lives. Throws `RequestRefused` when
 * the server refuses it for good.
 */
export async function keepUp<Value>(kept: Kept<Value>, signal: AbortSignal): Promise<void> {
  for (let tries = 1; !signal.aborted; tries++) {
    const begun = performance.now();
    let brought = false;
    let remedied = false;
    try {
      for await (const value of kept.open()) {
        if (signal.aborted) return;
        brought = true;
        await kept.heard(value);
      }
      if (signal.aborted || !kept.goesOn?.()) return;
      kept.lost?.(new CannotReachServer("The server has ended the stream"));
    } catch (error) {
      if (signal.aborted) return;
      if (!passes(error)) {
        remedied = error instanceof RequestRefused && await kept.remedied?.(error) === true;
        if (!remedied) throw error;
      }
      kept.lost?.(error);
    }
    if (performance.now() - begun > GOOD_MS || (brought && remedied)) tries = 1;
    await sleep(backOffMs(tries, FIRST_PAUSE_MS, kept.mostPauseMs ?? 30_000), signal);
  }
}

function passes(error: unknown): boolean {
  if (!(error instanceof RequestRefused)) return error instanceof CannotReachServer;
  return PASSING.includes(error.code ?? "INTERNAL_SERVER_ERROR");
}
