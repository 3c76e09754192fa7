import { getLogger } from "@logtape/logtape";
import { Worker } from "node:worker_threads";
import type { Config } from "../config.ts";
import { CommandFailed } from "./command.ts";
import { announceServer, type DataDir } from "./data_dir.ts";
import { orFail } from "./listen.ts";
import { stopSignal } from "./server.ts";
import type { FromWorker, WorkerTask } from "./worker.ts";

const log = getLogger(["sallyport", "server"]);

/**
 * Runs several servers in threads of this process until SIGTERM or SIGINT. They share the port, and nothing else but
 * the database. If one of them fails, all stop.
 *
 * @throws CommandFailed without Postgres, if an address cannot be used, or if a server fails
 */
export async function serveWithWorkers(count: number, config: Config, dir: DataDir): Promise<void> {
  if (!config.DATABASE_URL) {
    throw new CommandFailed("--workers needs Postgres. Set DATABASE_URL, or leave out --workers");
  }
  await requireFreePorts(config);
  const { promise: failure, reject: fail } = Promise.withResolvers<never>();
  await using stack = new AsyncDisposableStack();
  const start = async (task: Omit<WorkerTask, "workers">) => {
    const worker = new ServerWorker({ ...task, workers: count }, fail);
    stack.defer(() => worker.stop());
    return await Promise.race([worker.serving, failure]);
  };
  // With port 0 the first server chooses the port.
  const { PORT, WEBSOCKET_PORT } = config;
  const { url, webSocketUrl, ...first } = await start({
    port: PORT,
    webSocketPort: WEBSOCKET_PORT,
    first: true,
  });
  const signalled = stopSignal();
  const webSocketPort = WEBSOCKET_PORT === undefined ? undefined : first.webSocketPort;
  const others = Array.from(
    { length: count - 1 },
    () => start({ port: first.port, webSocketPort, first: false }),
  );
  await Promise.all(others);
  stack.use(await announceServer(dir, { pid: Deno.pid, url }));
  log.info("Serving at {url} with {workers} workers", { url, webSocketUrl, workers: count });
  const signal = await Promise.race([signalled, failure]);
  log.info("Stopping on {signal}: waiting for running requests", { signal });
  await stack.disposeAsync();
  log.info("Stopped");
}

/**
 * Listens alone once, because the system would let us share the ports with any other process of this user.
 *
 * @throws CommandFailed if another process listens there
 */
async function requireFreePorts({ HOST: hostname, PORT, WEBSOCKET_PORT }: Config): Promise<void> {
  const tryPort = (variable: "PORT" | "WEBSOCKET_PORT", port: number) =>
    orFail({ hostname, port }, variable, () => Deno.listen({ hostname, port }).close());
  await tryPort("PORT", PORT);
  if (WEBSOCKET_PORT !== undefined) await tryPort("WEBSOCKET_PORT", WEBSOCKET_PORT);
}

/** One server in a thread. Reports its first failure to `fail`. */
class ServerWorker {
  readonly #thread: Worker;
  readonly #serving = Promise.withResolvers<Extract<FromWorker, { kind: "serving" }>>();
  readonly #stopped = Promise.withResolvers<void>();

  constructor(task: WorkerTask, fail: (error: CommandFailed) => void) {
    this.#thread = new Worker(new URL("./worker.ts", import.meta.url), { workerData: task });
    this.#thread.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "serving":
          return this.#serving.resolve(message);
        case "stopped":
          return this.#stopped.resolve();
        case "failed":
          this.#stopped.resolve();
          return fail(new CommandFailed(...message.lines));
      }
    });
    this.#thread.on("error", (error: Error) => {
      this.#stopped.resolve();
      fail(new CommandFailed(`A worker failed: ${error.message}`));
    });
  }

  get serving() {
    return this.#serving.promise;
  }

  /** Waits until the server has finished its requests and closed everything. */
  async stop(): Promise<void> {
    // Until then it does not listen for messages.
    await Promise.race([this.serving, this.#stopped.promise]);
    this.#thread.postMessage("stop");
    await this.#stopped.promise;
    await this.#thread.terminate();
  }
}
