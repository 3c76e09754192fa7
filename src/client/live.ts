import { bearer, CannotReachServer, RequestRefused, type Transport } from "./transport.ts";

/** A subscription that is kept up. */
export type Kept<Data> = {
  query: string;
  variables?: unknown;
  /** The access token of a connection, asked for each time. */
  token: () => Promise<string | undefined>;
  /** Renews a token that was refused. Whether there is a session still. */
  renew: (refused: string) => Promise<boolean>;
  /** Told of each value, and with which token it came. */
  heard: (data: Data, token: string | undefined) => void | Promise<void>;
  /** Whether to go on when the server has ended it: a token may be over while the session goes on. */
  goesOn: () => boolean;
};

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Follows a subscription until `signal` aborts or the server has ended it for good, through whatever breaks off in
 * between: it connects again after a pause that doubles, with jitter. Each connection begins with the present value.
 * Throws `RequestRefused` when the server refuses it.
 */
export async function keepUp<Data>(
  transport: Transport,
  kept: Kept<Data>,
  signal: AbortSignal,
): Promise<void> {
  const { query, variables, heard, goesOn } = kept;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    let token: string | undefined;
    try {
      token = await kept.token();
      const values = transport.follow<Data>({ query, variables }, { headers: bearer(token), signal });
      for await (const data of values) {
        pauseMs = FIRST_PAUSE_MS;
        if (!signal.aborted) await heard(data, token);
      }
      if (!goesOn()) return;
    } catch (error) {
      if (error instanceof RequestRefused) {
        const renewed = error.code === "UNAUTHENTICATED" && token !== undefined && await kept.renew(token);
        if (!renewed) throw error;
      } else if (!(error instanceof CannotReachServer)) throw error;
      await pause(pauseMs * (0.5 + Math.random() / 2), signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
