import { type Client, RequestRefused } from "../src/client/operator/client.ts";
import type { Document } from "../src/client/operator/graphql.ts";
import { keepSubscribed } from "../src/client/live.ts";

export type Listener<Result> = {
  value: (result: Result) => void;
  /** The server refused the subscription. It is not tried again. */
  refused: (error: RequestRefused) => void;
  /** Tries to solve a refusal. Returns whether to subscribe again. */
  recover?: (error: RequestRefused) => boolean;
  /** The stream broke. It is tried again. */
  lost?: (error: unknown) => void;
};

/** The longest pause between two attempts. It is short because an operator is watching. */
export const MAX_PAUSE_MS = 5_000;

/**
 * Follows a subscription until `signal` aborts or the server completes it. After a break it subscribes again, with
 * back-off and with new `variables`. An `endless` stream is also opened again after it completes.
 */
export async function follow<Result, Variables>(
  client: Client,
  document: Document<Result, Variables>,
  variables: () => Variables,
  on: Listener<Result>,
  { signal, endless = false }: { signal: AbortSignal; endless?: boolean },
): Promise<void> {
  try {
    await keepSubscribed({
      open: () => client.subscribe(document, variables(), signal),
      onValue: on.value,
      reopens: () => endless,
      maxPauseMs: MAX_PAUSE_MS,
      ...(on.lost && { onLost: on.lost }),
      ...(on.recover && { recover: (error) => Promise.resolve(on.recover?.(error) === true) }),
    }, signal);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    on.refused(error);
  }
}
