import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from "graphql";
import type { Plugin, YogaInitialContext } from "graphql-yoga";
import { Unauthenticated } from "../../lib/errors.ts";
import { refusalError } from "./mask_error.ts";

/**
 * Executes subscriptions with `graphql` itself. Yoga's executor wraps each event in two streams for `@defer`
 * and `@stream`, which we do not support. That halved the server's throughput.
 */
export function plainSubscriptions(): Plugin {
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) };
}

/**
 * Returns the results of a subscription, one for each event. Each event has its own context on top of the
 * subscription's, because plugins store data per context (scope-auth: each checked object), which must not live
 * as long as the subscription.
 *
 * When the caller's right ends, the last result has the reason as its error. Over WebSocket it is thrown, because that
 * protocol has a message of its own for it.
 */
async function subscribe(
  args: ExecutionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const events = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in events)) return events;
  const iterator = events[Symbol.asyncIterator]();
  const { request } = args.contextValue as Partial<YogaInitialContext>;
  // Yoga drops a request that was aborted while it subscribed, so we end its event stream.
  if (request?.signal.aborted) await iterator.return?.();
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      try {
        const { done, value } = await iterator.next();
        if (done) return { done, value: undefined };
        const contextValue = Object.create(args.contextValue as object);
        return { done: false, value: await execute({ ...args, rootValue: value, contextValue }) };
      } catch (error) {
        if (!request || !(error instanceof Unauthenticated)) throw error;
        return { done: false, value: { errors: [refusalError(error)] } };
      }
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}
