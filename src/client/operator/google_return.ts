import { listenOnLoopback } from "../../lib/loopback.ts";
import { givenText } from "../../lib/given_text.ts";
import { sleep } from "../../lib/sleep.ts";
import type { Client } from "./client.ts";
import { CancelFlow } from "../documents.ts";

/** The parameters of Google's redirect: a code or an error, and the issuer (RFC 9207). */
export type GoogleReturn = { code?: string; error?: string; iss?: string };

/** Receives Google's redirect on this computer. */
export type ReturnListener = AsyncDisposable & {
  redirectUri: string;
  /** Resolves with the first redirect that has this state. Other requests are refused: they belong to another flow. */
  returned(state: string): Promise<GoogleReturn>;
};

/** R29: listens on a free port of 127.0.0.1 for one redirect. */
export function listenForReturn(): ReturnListener {
  let expected: string | undefined;
  const arrived = Promise.withResolvers<GoogleReturn>();
  const { port, [Symbol.asyncDispose]: dispose } = listenOnLoopback((request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/") return page(404, "Not found.");
    if (request.method !== "GET") return page(405, "Only GET is allowed.");
    const back = returnIn(searchParams, expected);
    if (!back) return page(400, "This page does not belong to the sign-in that was started here.");
    expected = undefined;
    arrived.resolve(back);
    return page(200, "Thank you. Go back to the terminal: it shows the result.");
  });
  return {
    redirectUri: `http://127.0.0.1:${port}/`,
    returned: (state) => {
      expected = state;
      return arrived.promise;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** R29: how long a command or the terminal listens. */
const LISTENING_SECONDS = 5 * 60;

export const RETURN_TIMED_OUT = `Not authorized within ${LISTENING_SECONDS / 60} minutes. Start again`;

/** Waits for a time or until `signal` aborts. Tests replace it. */
export type Wait = typeof sleep;

const TIMED_OUT = Symbol("timed out");

/**
 * Waits for the first of `returns`, such as a redirect or a pasted URL. After five minutes it cancels the flow, so that
 * a late return has no effect, and returns undefined.
 */
export async function awaitReturn<Back>(
  client: Client,
  flowId: string,
  returns: readonly Promise<Back>[],
  wait: Wait = sleep,
): Promise<Back | undefined> {
  const stopTimer = new AbortController();
  try {
    const timeout = wait(LISTENING_SECONDS * 1000, stopTimer.signal).then(() => TIMED_OUT);
    const back = await Promise.race([...returns, timeout]);
    if (typeof back !== "symbol") return back;
  } finally {
    stopTimer.abort();
  }
  await client.request(CancelFlow, { id: flowId }).catch(() => {});
  return undefined;
}

/** Google's codes look like `4/0Ab_32…`. A URL does not match, because it contains a colon. */
const CODE = /^[\w/.~-]{10,1000}$/;

/**
 * Parses a pasted text: the final URL in the browser, also only its part from `?`, or the code in it, also
 * URL-encoded. Undefined for anything else: a wrong code would use up the flow.
 */
export function parsePastedReturn(text: string, state: string): GoogleReturn | undefined {
  const pasted = text.trim();
  const [, query] = /\?([^#]*)/.exec(pasted) ?? [];
  if (query !== undefined) return returnIn(new URLSearchParams(query), state);
  const code = pasted.replaceAll(/%2f/gi, "/");
  return CODE.test(code) ? { code } : undefined;
}

function returnIn(query: URLSearchParams, state: string | undefined): GoogleReturn | undefined {
  if (state === undefined || query.get("state") !== state) return undefined;
  const [code, error, iss] = ["code", "error", "iss"].map((name) => givenText(query.get(name)));
  if (code === undefined && error === undefined) return undefined;
  return { ...(code && { code }), ...(error && { error }), ...(iss && { iss }) };
}

function page(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
