import { AggregatorRegistry, type MetricObject, type Registry } from "prom-client";

type Message =
  | { kind: "ask"; id: string }
  | { kind: "answer"; id: string; metrics: MetricObject[] };

/** A server that does not answer in this time is stopping or busy. Its metrics are then missing. */
const ANSWER_MS = 1_000;

/**
 * Adds up the metrics of all servers in this process, because each request for them reaches only one server.
 *
 * @param others the number of other servers
 */
export function shareMetrics(own: Registry, others: number): { text(): Promise<string>; close(): void } {
  const channel = new BroadcastChannel("sallyport-metrics");
  const waiting = new Map<string, (metrics: MetricObject[]) => void>();
  channel.onmessage = async ({ data }: MessageEvent<Message>) => {
    if (data.kind === "answer") return waiting.get(data.id)?.(data.metrics);
    channel.postMessage(
      { kind: "answer", id: data.id, metrics: await own.getMetricsAsJSON() } satisfies Message,
    );
  };

  const askOthers = async (): Promise<MetricObject[][]> => {
    const id = crypto.randomUUID();
    const answers: MetricObject[][] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ANSWER_MS);
    waiting.set(id, (metrics) => {
      if (answers.push(metrics) === others) resolve();
    });
    channel.postMessage({ kind: "ask", id } satisfies Message);
    await promise;
    clearTimeout(timer);
    waiting.delete(id);
    return answers;
  };
  return {
    text: async () => {
      const all = [await own.getMetricsAsJSON(), ...await askOthers()];
      return await AggregatorRegistry.aggregate(all).metrics();
    },
    close: () => channel.close(),
  };
}
