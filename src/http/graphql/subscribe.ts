import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from "graphql";
import type { Plugin, YogaInitialContext } from "graphql-yoga";

/** What proxies log for it; nobody sees it. */
const CLIENT_LEFT = 499;

/**
 * Executes subscriptions with `graphql` itself. Yoga's executor wraps each event in two streams of its own, for
 * `@defer` and `@stream`, which we do not have: that halved what a server can deliver.
 */
export function plainSubscriptions(): Plugin {
  return {
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
    // To a request that was given up meanwhile nothing is streamed: nobody would read that, nor cancel it, and what
    // keeps a stream alive would tick without end.
    onResultProcess({ request, setResultProcessor }) {
      if (request.signal.aborted) setResultProcessor(() => new Response(null, { status: CLIENT_LEFT }), "");
    },
  };
}

/**
 * A subscription's results, one for each event. Every event has a context of its own on top of the
 * subscription's: what a plugin remembers by context (scope-auth: each object it let through) must not live as
 * long as the subscription.
 */
async function subscribe(
  args: ExecutionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const events = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in events)) return events;
  const iterator = events[Symbol.asyncIterator]();
  // Yoga forgets a request that was given up while it was being subscribed: nobody else would end what it opened.
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
