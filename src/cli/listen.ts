import { getLogger } from "@logtape/logtape";
import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import { CommandFailed } from "./command.ts";

const log = getLogger(["sallyport", "server"]);

/** R49: time for running requests to finish. */
const FINISH_MS = 10_000;

/** The server's open ports. Disposing it closes them. */
export type Listening = AsyncDisposable & {
  hostname: string;
  port: number;
  webSocketPort: number;
  /** Stops accepting connections, and waits up to ten seconds for running requests. */
  finish(): Promise<void>;
};

type ListenAddress = Parameters<App["listen"]>[0];

type ListenConfig = Pick<Config, "HOST" | "PORT" | "WEBSOCKET_PORT">;

/**
 * Listens for requests and WebSockets, on one port or on two.
 *
 * @param reusePort lets other servers of this process listen on the same ports; the system distributes connections
 * @throws CommandFailed if an address is in use, unknown or not local
 */
export async function listen(config: ListenConfig, app: App, reusePort = false): Promise<Listening> {
  const { HOST: hostname, PORT: port, WEBSOCKET_PORT: webSocketPort } = config;
  const address = { hostname, port, reusePort };
  return webSocketPort === undefined
    ? await listenOnOnePort(address, app)
    : await listenOnTwoPorts(address, webSocketPort, app);
}

async function listenOnOnePort(address: ListenAddress, app: App): Promise<Listening> {
  const server = await orFail(address, "PORT", () => app.listen(address));
  return {
    hostname: server.hostname,
    port: server.port,
    webSocketPort: server.port,
    finish: () => inTime(server.finish()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function listenOnTwoPorts(
  address: ListenAddress,
  webSocketPort: number,
  app: App,
): Promise<Listening> {
  await using made = new AsyncDisposableStack();
  const server = await orFail(address, "PORT", () => serveRequests(address, app));
  made.defer(() => inTime(server.shutdown()));
  const other = { ...address, port: webSocketPort };
  const webSockets = made.use(await orFail(other, "WEBSOCKET_PORT", () => app.listenForWebSockets(other)));
  const all = made.move();
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    webSocketPort: webSockets.port,
    finish: () => inTime(server.shutdown()),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function serveRequests(address: ListenAddress, app: App): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    ...address,
    onListen: () => {},
    onError: (error) => {
      log.error("A request failed: {error}", { error });
      return new Response("Something went wrong on the server\n", { status: 500 });
    },
  }, (request, info) => app.fetch(request, info));
}

/** Returns what `start` returns. Throws `CommandFailed` if it cannot listen on the address in `variable`. */
export async function orFail<T>(
  { hostname, port }: ListenAddress,
  variable: "PORT" | "WEBSOCKET_PORT",
  start: () => T | Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CommandFailed(
      `Cannot listen on ${hostname}, port ${port}: ${error.message}. Set HOST and ${variable}, or stop the program that listens there`,
    );
  }
}

/** Waits up to ten seconds. Anything that takes longer ends with the process. */
async function inTime(finished: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FINISH_MS);
  });
  await Promise.race([finished, tooLong]);
  clearTimeout(timer);
}
