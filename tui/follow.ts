import { type Client, RequestRefused } from "../src/client/client.ts";
import type { Document } from "../src/client/graphql.ts";
import { backOffMs, pause } from "./back_off.ts";

export type Following<Result> = {
  value: (result: Result) => void;
  /** The server will not have it, for good. */
  refused: (error: RequestRefused) => void;
  /** The stream broke; it is tried again. */
  lost?: (error: unknown) => void;
};

/** Refusals that are no reason to give up: the server is starting, stopping or has too much to do. */
const PASSING = ["UNAVAILABLE", "OVERLOADED", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"];

/** Whether the server will not have it, for good. */
export function isRefused(error: unknown): error is RequestRefused {
  return error instanceof RequestRefused && !PASSING.includes(error.code ?? "INTERNAL_SERVER_ERROR");
}

/**
 * Follows a subscription until `signal` aborts. When it breaks, it subscribes again, with back-off and with what
 * `variables` says then. A stream that completes is over, unless it is one that is `endless`. Never throws.
 */
export async function follow<Result, Variables>(
  client: Client,
  document: Document<Result, Variables>,
  variables: () => Variables,
  on: Following<Result>,
  { signal, endless = false }: { signal: AbortSignal; endless?: boolean },
): Promise<void> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      for await (const result of client.subscribe(document, variables(), signal)) {
        if (signal.aborted) return;
        tries = 0;
        on.value(result);
      }
      if (!endless || signal.aborted) return;
      on.lost?.(new Error("The stream ended"));
    } catch (error) {
      if (signal.aborted) return;
      if (isRefused(error)) return on.refused(error);
      on.lost?.(error);
    }
    await pause(backOffMs(Math.max(1, tries)), signal);
  }
}
