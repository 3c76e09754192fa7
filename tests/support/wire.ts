import type { TestApp } from "./app.ts";
import type { Fetch } from "../../src/http/router.ts";

/** GraphQL over raw HTTP, for tests of statuses and headers, or of invalid requests. */
export type Answer = {
  status: number;
  headers: Headers;
  data: Record<string, unknown> | null | undefined;
  errors: { message: string; extensions?: { code?: string } }[];
  text: string;
};

export const ENDPOINT = "http://127.0.0.1:4000/graphql";

export type Sent = {
  token?: string | undefined;
  variables?: Record<string, unknown>;
  headers?: Record<string, string>;
};

export function graphqlRequest(query: string, { token, variables, headers }: Sent = {}): Request {
  return new Request(ENDPOINT, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
}

/** Sends a request and reads the answer; of a stream, its first value. */
export async function ask(app: { fetch: Fetch }, request: Request): Promise<Answer> {
  const response = await app.fetch(request);
  const text = await response.text();
  const { status, headers } = response;
  const json = headers.get("content-type")?.startsWith("text/event-stream")
    ? /^data: (\{.*)$/m.exec(text)?.[1] ?? ""
    : text;
  let body: Partial<Answer> = {};
  try {
    body = JSON.parse(json);
  } catch {
    // Not GraphQL: the test checks the text.
  }
  return { status, headers, text, data: body?.data, errors: body?.errors ?? [] };
}

export function post(app: { fetch: Fetch }, query: string, sent?: Sent): Promise<Answer> {
  return ask(app, graphqlRequest(query, sent));
}

/** Everything in an answer that its caller can compare with another one: without the date and the id of the request. */
export function everythingOf({ status, headers, text }: Answer) {
  const kept = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return { status, headers: kept, text: text.replaceAll(headers.get("x-request-id") ?? "", "") };
}

/** Serves `app` on a real socket of 127.0.0.1, without WebSockets. */
export function listen(app: Pick<TestApp, "fetch">): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => app.fetch(request, info),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/graphql`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Serves `app` on real sockets of 127.0.0.1: one for HTTP, one for WebSockets. */
export async function listenWithWebSockets(
  app: Pick<TestApp, "fetch" | "listenForWebSockets">,
  headMs?: number,
): Promise<AsyncDisposable & { url: string; wsUrl: string }> {
  const http = listen(app);
  const sockets = await app.listenForWebSockets({ hostname: "127.0.0.1", port: 0 }, headMs);
  return {
    url: http.url,
    wsUrl: `ws://127.0.0.1:${sockets.port}/graphql`,
    [Symbol.asyncDispose]: async () => {
      await sockets[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
    },
  };
}
