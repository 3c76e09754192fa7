import { parentPort, workerData } from "node:worker_threads";
import { readConfig, settingsOf } from "../config.ts";
import { configureLogging } from "../lib/logging.ts";
import { dataDir } from "./data_dir.ts";
import { linesOf } from "./failure.ts";
import { runApp, type RunningApp, warnOfPasskeys } from "./server.ts";

/** One of several servers in this process. `workers.ts` starts it. */
export type WorkerTask = {
  port: number;
  webSocketPort: number | undefined;
  /** Whether it logs what all would log. */
  first: boolean;
  /** The number of servers, which share the cores. */
  workers: number;
};

export type FromWorker =
  | { kind: "serving"; port: number; webSocketPort: number; url: string; webSocketUrl: string }
  | { kind: "stopped" }
  | { kind: "failed"; lines: string[] };

const say = (message: FromWorker) => parentPort?.postMessage(message);

async function start({ port, webSocketPort, first, workers }: WorkerTask): Promise<RunningApp> {
  const env = (name: string) => Deno.env.get(name);
  const config = readConfig(env);
  await configureLogging({ level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const server = await runApp(
    { ...config, PORT: port, WEBSOCKET_PORT: webSocketPort },
    dataDir(config.DATA_DIR),
    {
      settings: settingsOf(env),
      hashesAtOnce: Math.max(1, Math.floor(navigator.hardwareConcurrency / workers)),
      workers,
    },
    true,
  );
  if (first) warnOfPasskeys(server);
  await server.work();
  return server;
}

try {
  const server = await start(workerData as WorkerTask);
  parentPort?.on("message", () => {
    server.stop().then(
      () => say({ kind: "stopped" }),
      (error) => say({ kind: "failed", lines: linesOf(error) }),
    );
  });
  const { port, webSocketPort, url, webSocketUrl } = server;
  say({ kind: "serving", port, webSocketPort, url, webSocketUrl });
} catch (error) {
  say({ kind: "failed", lines: linesOf(error) });
}
