import { getLogger } from "@logtape/logtape";
import { atLocalhost, passkeyProblems } from "../accounts/factors/passkeys/relying_party.ts";
import { type App, createApp } from "../app.ts";
import type { Config } from "../config.ts";
import { urlHost } from "../platform/network/ip_address.ts";
import { openServingDatabase } from "../platform/db/open_database.ts";
import type { AppOverrides } from "../wiring/app_overrides.ts";
import type { DataDir } from "./data_dir.ts";
import { keyring } from "./keyring.ts";
import { listen } from "./listen.ts";

const log = getLogger(["sallyport", "server"]);

export type Addresses = { hostname: string; port: number; webSocketPort: number };

/** A server that answers requests. */
export type RunningApp = Addresses & {
  services: App["services"];
  url: string;
  webSocketUrl: string;
  /** Starts the work that no request asks for. Not before, so that the first request is answered sooner. */
  work(): Promise<void>;
  /** Waits up to ten seconds for running requests, and closes everything. */
  stop(): Promise<void>;
};

/**
 * Opens the database, creates the app and listens.
 *
 * @param sharesPort whether other servers of this process listen on the same port
 * @throws CommandFailed if an address is in use, unknown or not local
 * @throws UnfitDatabase or WrongSchema if the server cannot work with the database
 */
export async function runApp(
  config: Config,
  dir: DataDir,
  parts: Omit<AppOverrides, "openDatabase" | "keys" | "listensAt">,
  sharesPort = false,
): Promise<RunningApp> {
  await using made = new AsyncDisposableStack();
  let listensAt: string | undefined = undefined;
  const app = await createApp(config, {
    openDatabase: (observe) => openServingDatabase(config, dir.database, observe),
    keys: await keyring(config, dir),
    listensAt: () => listensAt,
    ...parts,
  });
  made.defer(() => app.close());
  const listening = made.use(await listen(config, app, sharesPort));
  const { hostname, port, webSocketPort } = listening;
  const host = urlHost(reachableAt(hostname));
  const url = `http://${host}:${port}`;
  // So that passkeys work. Programs are told the address: not all of them try IPv4 when IPv6 fails.
  listensAt = parts.development ? atLocalhost(url).origin : url;
  const running = made.move();
  return {
    hostname,
    port,
    webSocketPort,
    services: app.services,
    url,
    webSocketUrl: `ws://${host}:${webSocketPort}/graphql`,
    work: app.work,
    stop: async () => {
      await app.drain();
      await listening.finish();
      await running.disposeAsync();
    },
  };
}

/** Logs the reasons why browsers will refuse passkeys. */
export function warnOfPasskeys({ services }: Pick<RunningApp, "services">): void {
  for (const problem of passkeyProblems(services.relyingParty())) log.warn(problem);
}

/** Replaces an address that means all interfaces by the loopback address. */
function reachableAt(hostname: string): string {
  return hostname === "0.0.0.0" || hostname === "::" ? "127.0.0.1" : hostname;
}

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function stopSignal(): Promise<Deno.Signal> {
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
