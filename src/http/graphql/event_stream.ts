import type { ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import { withRequestId } from "./error_request_id.ts";
import type { RequestFacts } from "./graphql.ts";
import { refused, STREAMING } from "../refused.ts";

/** The status that proxies log when the client has disconnected. No client receives it. */
const CLIENT_LEFT = 499;

/** The stream tells an EventSource to wait this long before it reconnects. */
const RETRY_MS = 1_000;

/** A comment is sent at this interval, so that proxies do not close the connection. */
const PING_MS = 12_000;

/**
 * Sends subscriptions as server-sent events, in the distinct connections mode of GraphQL over SSE. Unlike Yoga's own
 * response, this one tells an EventSource when to reconnect. If the values fail, it breaks off without `complete`, so
 * that clients reconnect.
 */
export function eventStreams(): Plugin<Record<never, never>, { facts: RequestFacts }> {
  return {
    onResultProcess({ request, result, setResultProcessor, serverContext }) {
      // No client would read or cancel the stream, and its timer would run forever.
      if (request.signal.aborted) setResultProcessor(() => new Response(null, { status: CLIENT_LEFT }), "");
      else if (result && Symbol.asyncIterator in result) {
        if (acceptsEvents(request.headers)) {
          setResultProcessor(() => eventStream(result, serverContext.facts.requestId), EVENT_STREAM);
        } else setResultProcessor(() => notAcceptable(result), "application/json");
      }
    },
  };
}

const EVENT_STREAM = "text/event-stream";

function acceptsEvents(headers: Headers): boolean {
  const accepted = (headers.get("accept") ?? "*/*").split(",").map((type) => type.split(";")[0]?.trim());
  return [EVENT_STREAM, "text/*", "*/*"].some((type) => accepted.includes(type));
}

/** Rejects a subscription in another form, such as multipart, and ends it. */
async function notAcceptable(results: AsyncIterable<ExecutionResult>): Promise<Response> {
  await results[Symbol.asyncIterator]().return?.();
  return refused(406, `A subscription needs ${STREAMING}`, "INVALID_INPUT");
}

function eventStream(results: AsyncIterable<ExecutionResult>, requestId: string): Response {
  const encoder = new TextEncoder();
  const iterator = results[Symbol.asyncIterator]();
  let ping: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
      ping = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(":\n\n"));
      }, PING_MS);
    },
    pull: async (controller) => {
      try {
        const { done, value } = await iterator.next();
        if (!done) {
          controller.enqueue(
            encoder.encode(`event: next\ndata: ${JSON.stringify(withRequestId(value, requestId))}\n\n`),
          );
          return;
        }
        controller.enqueue(encoder.encode("event: complete\ndata:\n\n"));
        controller.close();
        clearInterval(ping);
      } catch (error) {
        clearInterval(ping);
        throw error;
      }
    },
    cancel: async () => {
      clearInterval(ping);
      await iterator.return?.();
    },
  });
  // Without this header, nginx buffers events.
  return new Response(body, { headers: { "content-type": EVENT_STREAM, "x-accel-buffering": "no" } });
}
