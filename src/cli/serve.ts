import { getLogger } from "@logtape/logtape";
import { readConfig, settingsOf } from "../config.ts";
import { CommandFailed } from "./command.ts";
import { configureLogging } from "../lib/logging.ts";
import { announceServer, dataDir, holdDataDir } from "./data_dir.ts";
import { devBanner, makeDevOperator } from "./dev.ts";
import { type Emulator, startEmulators } from "./emulate.ts";
import { print } from "./print.ts";
import { runApp, stopSignal, warnOfPasskeys } from "./server.ts";
import { serveWithWorkers } from "./workers.ts";

const log = getLogger(["sallyport", "server"]);

export type ServeOptions = {
  /** External systems to emulate. A configured system is never emulated. */
  emulate: readonly Emulator[];
  /** Enables GraphiQL, introspection, an operator token in `DATA_DIR`, and a banner. */
  development: boolean;
  /** The number of servers in this process, each in a thread of its own. */
  workers: number;
};

/**
 * Runs the server until SIGTERM or SIGINT. Returns when everything is closed.
 *
 * @throws CommandFailed if the options contradict each other, or an address cannot be used
 */
export async function serve({ emulate, development, workers }: ServeOptions): Promise<void> {
  const env = (name: string) => Deno.env.get(name);
  const config = readConfig(env);
  await configureLogging({
    level: config.LOG_LEVEL,
    format: development && !env("LOG_FORMAT") ? "text" : config.LOG_FORMAT,
  });
  const dir = dataDir(config.DATA_DIR);
  if (workers > 1) {
    if (development || emulate.length > 0) {
      throw new CommandFailed("--workers cannot be combined with --development or --emulate");
    }
    return await serveWithWorkers(workers, config, dir);
  }
  await using stack = new AsyncDisposableStack();
  if (!config.DATABASE_URL) stack.use(await holdDataDir(dir));
  const emulators = stack.use(await startEmulators(emulate, env));
  const server = await runApp({ ...config, ...emulators.config }, dir, {
    emulated: emulators.names,
    ...emulators.overrides,
    development,
    settings: settingsOf(env),
  });
  stack.defer(() => server.stop());
  // From here on the server has requests to finish, so it listens for signals.
  const signalled = stopSignal();
  const { url, webSocketUrl, services } = server;
  // Written first, so that a command that finds the server also finds the token.
  if (development) await makeDevOperator(services, dir);
  stack.use(await announceServer(dir, { pid: Deno.pid, url, ...emulators.announced }));
  if (development) print(...devBanner({ ...server, page: services.publicUrl() }, dir, emulators).split("\n"));
  else if (emulators.names.length > 0) {
    log.warn("EMULATED, for development and tests only: {names}", { names: emulators.names });
  }
  if (config.PUBLIC_URL || !development) warnOfPasskeys(server);
  await server.work();
  log.info("Serving at {url}", { url, webSocketUrl, instanceId: services.instanceId });

  const signal = await signalled;
  log.info("Stopping on {signal}: waiting for running requests", { signal });
  await server.stop();
  await stack.disposeAsync();
  log.info("Stopped");
}
