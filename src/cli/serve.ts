import { getLogger } from "@logtape/logtape";
import { type App, createApp } from "../app.ts";
import { atLocalhost, passkeyProblems } from "../accounts/factors/passkeys/relying_party.ts";
import type { AppOverrides } from "../wiring/app_overrides.ts";
import { type Config, readConfig, settingsOf } from "../config.ts";
import { announceServer, type DataDir, dataDir, holdDataDir } from "./data_dir.ts";
import { openServingDatabase } from "../platform/db/open_database.ts";
import { configureLogging } from "../lib/logging.ts";
import { urlHost } from "../platform/network/ip_address.ts";
import { devBanner, makeDevOperator } from "./dev.ts";
import { keyring } from "./keyring.ts";
import { listen } from "./listen.ts";
import { type Emulator, type Emulators, startEmulators } from "./emulate.ts";
import { print } from "./print.ts";

const log = getLogger(["sallyport", "server"]);

export type ServeOptions = {
  /** External systems to emulate. A configured system is never emulated. */
  emulate: readonly Emulator[];
  /** Enables GraphiQL, introspection, an operator token in `DATA_DIR`, and a banner. */
  development: boolean;
};

/** Runs the server until SIGTERM or SIGINT. Returns when everything is closed. */
export async function serve(options: ServeOptions): Promise<void> {
  const env = (name: string) => Deno.env.get(name);
  const config = readConfig(env);
  await configureLogging({
    level: config.LOG_LEVEL,
    format: options.development && !env("LOG_FORMAT") ? "text" : config.LOG_FORMAT,
  });
  const dir = dataDir(config.DATA_DIR);
  await using stack = new AsyncDisposableStack();
  if (!config.DATABASE_URL) stack.use(await holdDataDir(dir));
  const emulators = stack.use(await startEmulators(options.emulate, env));
  let listensAt: string | undefined = undefined;
  const app = await start({ ...config, ...emulators.config }, dir, emulators, {
    development: options.development,
    settings: settingsOf(env),
    listensAt: () => listensAt,
  });
  stack.defer(() => app.close());
  // From here on the server has requests to finish, so it listens for signals.
  const signalled = stopSignal();
  const listening = stack.use(await listen(config, app));
  const host = urlHost(reachableAt(listening.hostname));
  const url = `http://${host}:${listening.port}`;
  // So that passkeys work. Programs are told the address: not all of them try IPv4 when IPv6 fails.
  listensAt = options.development ? atLocalhost(url).origin : url;
  const webSocketUrl = `ws://${host}:${listening.webSocketPort}/graphql`;
  // Written first, so that a command that finds the server also finds the token.
  if (options.development) await makeDevOperator(app.services, dir);
  stack.use(
    await announceServer(dir, {
      pid: Deno.pid,
      url,
      ...emulators.announced,
    }),
  );
  if (options.development) {
    print(...devBanner({ page: app.services.publicUrl(), url, webSocketUrl }, dir, emulators).split("\n"));
  } else if (emulators.names.length > 0) {
    log.warn("EMULATED, for development and tests only: {names}", { names: emulators.names });
  }
  if (config.PUBLIC_URL || !options.development) warnOfPasskeys(app);
  log.info("Serving at {url}", { url, webSocketUrl, instanceId: app.services.instanceId });

  const signal = await signalled;
  log.info("Stopping on {signal}: waiting for running requests", { signal });
  await app.drain();
  await listening.finish();
  await stack.disposeAsync();
  log.info("Stopped");
}

/** Logs the reasons why browsers will refuse passkeys. */
function warnOfPasskeys({ services }: App): void {
  for (const problem of passkeyProblems(services.relyingParty())) log.warn(problem);
}

async function start(
  config: Config,
  dir: DataDir,
  emulators: Emulators,
  parts: Pick<AppOverrides, "development" | "listensAt" | "settings">,
): Promise<App> {
  return await createApp(config, {
    openDatabase: (observe) => openServingDatabase(config, dir.database, observe),
    keys: await keyring(config, dir),
    emulated: emulators.names,
    ...emulators.overrides,
    ...parts,
  });
}

/** Replaces an address that means all interfaces by the loopback address. */
function reachableAt(hostname: string): string {
  return hostname === "0.0.0.0" || hostname === "::" ? "127.0.0.1" : hostname;
}

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
function stopSignal(): Promise<Deno.Signal> {
  const signals = ["SIGTERM", "SIGINT"] as const;
  return new Promise((resolve) => {
    const listeners = signals.map((signal) => {
      const listener = () => {
        for (const [known, heard] of listeners) Deno.removeSignalListener(known, heard);
        resolve(signal);
      };
      Deno.addSignalListener(signal, listener);
      return [signal, listener] as const;
    });
  });
}
