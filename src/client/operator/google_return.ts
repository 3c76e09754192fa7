import { listenOnLoopback } from "../../lib/loopback.ts";
import { givenText } from "../../lib/given_text.ts";
import { sleep } from "../../lib/sleep.ts";
import type { Client } from "./client.ts";
import { CancelFlow } from "../documents.ts";

/** What Google sent the browser back with: a code or an error, and who answers (RFC 9207). */
export type GoogleReturn = { code?: string; error?: string; iss?: string };

/** Where a browser on this computer comes back to. */
export type ReturnListener = AsyncDisposable & {
  redirectUri: string;
  /**
   * What the first browser brings that comes with this state. Others are turned away: they were sent by somebody
   * else.
   */
  returned(state: string): Promise<GoogleReturn>;
};

/** R29: listens on a free port of 127.0.0.1, for one return. */
export function listenForReturn(): ReturnListener {
  let expected: string | undefined;
  const arrived = Promise.withResolvers<GoogleReturn>();
  const { port, [Symbol.asyncDispose]: dispose } = listenOnLoopback((request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/") return page(404, "There is nothing here.");
    if (request.method !== "GET") return page(405, "Only GET.");
    const back = returnIn(searchParams, expected);
    if (!back) return page(400, "This is not the sign-in that was begun here.");
    expected = undefined;
    arrived.resolve(back);
    return page(200, "Thank you. Go back to the terminal: it says what came of it.");
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

export const NOBODY_CAME_BACK = `Nobody came back within ${LISTENING_SECONDS / 60} minutes: start again`;

/** Lets time pass, until `signal` aborts; a test passes one of its own. */
export type Wait = typeof sleep;

const LATE = Symbol("late");

/**
 * What comes first of `ways`: what the browser brings, or what is pasted. Undefined when nothing has in five minutes;
 * the flow is cancelled then, so that nothing comes of what is brought later.
 */
export async function comeBack<Back>(
  client: Client,
  flowId: string,
  ways: readonly Promise<Back>[],
  wait: Wait = sleep,
): Promise<Back | undefined> {
  const over = new AbortController();
  try {
    const late = wait(LISTENING_SECONDS * 1000, over.signal).then(() => LATE);
    const back = await Promise.race([...ways, late]);
    if (typeof back !== "symbol") return back;
  } finally {
    over.abort();
  }
  await client.request(CancelFlow, { id: flowId }).catch(() => {});
  return undefined;
}

/** Google's look like `4/0Ab_32…`. What a URL consists of besides is not among it. */
const CODE = /^[\w/.~-]{10,1000}$/;

/**
 * What a person has pasted: the URL that their browser ended at, with or without what stands before its `?`, or the
 * code in it, with its slash as URLs write it too. Undefined for anything else: a code that is none would spend the
 * flow.
 */
export function readPasted(text: string, state: string): GoogleReturn | undefined {
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
