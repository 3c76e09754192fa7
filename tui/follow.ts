import { type Client, RequestRefused } from "../src/client/operator/client.ts";
import type { Document } from "../src/client/operator/graphql.ts";
import { keepUp } from "../src/client/live.ts";

export type Following<Result> = {
  value: (result: Result) => void;
  /** The server will not have it, for good. */
  refused: (error: RequestRefused) => void;
  /** The stream broke; it is tried again. */
  lost?: (error: unknown) => void;
};

/** Somebody looks at it: they are not kept waiting longer than this between two tries. */
export const MOST_PAUSE_MS = 5_000;

/**
 * Follows a subscription until `signal` aborts. When it breaks, it subscribes again, with back-off and with what
 * `variables` says then. A stream that completes is over, unless it is one that is `endless`.
 */
export async function follow<Result, Variables>(
  client: Client,
  document: Document<Result, Variables>,
  variables: () => Variables,
  on: Following<Result>,
  { signal, endless = false }: { signal: AbortSignal; endless?: boolean },
): Promise<void> {
  try {
    await keepUp({
      open: () => client.subscribe(document, variables(), signal),
      heard: on.value,
      goesOn: () => endless,
      mostPauseMs: MOST_PAUSE_MS,
      ...(on.lost && { lost: on.lost }),
    }, signal);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    on.refused(error);
  }
}
