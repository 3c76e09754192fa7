import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from "graphql";
import type { Plugin, YogaInitialContext } from "graphql-yoga";

/** The status that proxies log when the client has disconnected. No client receives it. */
const CLIENT_LEFT = 499;

/**
 * Executes subscriptions with `graphql` itself. Yoga's executor wraps each event in two streams for `@defer`
 * and `@stream`, which we do not support. That halved the server's throughput.
 */
export function plainSubscriptions(): Plugin {
  return {
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
    // Streams nothing to a request that was aborted: no client would read or cancel the stream, and its
    // keep-alive timer would run forever.
    onResultProcess({ request, setResultProcessor }) {
      if (request.signal.aborted) setResultProcessor(() => new Response(null, { status: CLIENT_LEFT }), "");
    },
  };
}

/**
 * Returns the results of a subscription, one for each event. Each event has its own context on top of the
 * subscription's, because plugins store data per context (scope-auth: each checked object), which must not live
 * as long as the subscription.
 */
async function subscribe(
  args: ExecutionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const events = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in events)) return events;
  const iterator = events[Symbol.asyncIterator]();
  // Yoga drops a request that was aborted while it subscribed, so we end its event stream.
  if ((args.contextValue as Partial<YogaInitialContext>).request?.signal.aborted) await iterator.return?.();
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      const { done, value } = await iterator.next();
      if (done) return { done, value: undefined };
      const contextValue = Object.create(args.contextValue as object);
      return { done: false, value: await execute({ ...args, rootValue: value, contextValue }) };
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}
