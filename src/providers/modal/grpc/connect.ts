import { urlHost } from "../../../platform/network/ip_address.ts";
import { NotHttp2 } from "./frames.ts";
import type { Proxy } from "./proxy.ts";
import type { Socket } from "./socket_writer.ts";

export type Target = {
  /** Host name or address, without brackets. */
  hostname: string;
  port: number;
  /** TLS if true, otherwise plaintext. */
  secure: boolean;
  /** PEM certificates of additional certificate authorities to trust. */
  caCerts?: string[];
  /** HTTP proxy to tunnel through. */
  proxy?: Proxy | undefined;
};

/** Timeout for connecting, including the proxy and TLS. */
const CONNECT_SECONDS = 10;

/** Limit of the proxy's response to CONNECT. */
const MAX_PROXY_ANSWER_BYTES = 8 * 1024;

/**
 * Connects to a server, through the proxy if there is one. With TLS it negotiates HTTP/2. Times out after ten
 * seconds.
 *
 * @throws NotHttp2 if the server does not offer HTTP/2.
 * @throws the errors of Deno, or an Error on timeout or when `signal` aborts.
 */
export async function connect(target: Target, signal: AbortSignal): Promise<Socket> {
  const { hostname, port, proxy } = target;
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_SECONDS * 1000)]);
  try {
    const socket = await Deno.connect({ ...(proxy ?? { hostname, port }), signal: limit });
    return await negotiate(socket, target, limit);
  } catch (error) {
    throw limit.aborted ? new Error("no answer to the connection in time") : error;
  }
}

/** Opens the tunnel and starts TLS. Closes the socket if that fails or `signal` aborts. */
async function negotiate(socket: Deno.TcpConn, target: Target, signal: AbortSignal): Promise<Socket> {
  const onAbort = () => close(socket);
  signal.addEventListener("abort", onAbort);
  try {
    signal.throwIfAborted();
    socket.setNoDelay();
    if (target.proxy) await openTunnel(socket, target, target.proxy);
    return target.secure ? await startTls(socket, target) : socket;
  } catch (error) {
    close(socket);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function startTls(socket: Deno.TcpConn, { hostname, caCerts = [] }: Target): Promise<Socket> {
  const tls = await Deno.startTls(socket, { hostname, caCerts, alpnProtocols: ["h2"] });
  try {
    const { alpnProtocol } = await tls.handshake();
    if (alpnProtocol !== "h2") throw new NotHttp2();
    return tls;
  } catch (error) {
    close(tls);
    // TLS alert of a server that supports only other protocols.
    throw `${error}`.includes("NoApplicationProtocol") ? new NotHttp2() : error;
  }
}

async function openTunnel(socket: Deno.TcpConn, { hostname, port }: Target, proxy: Proxy) {
  const host = `${urlHost(hostname)}:${port}`;
  const authorization = proxy.authorization ? `Proxy-Authorization: ${proxy.authorization}\r\n` : "";
  const request = new TextEncoder().encode(
    `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${authorization}\r\n`,
  );
  for (let at = 0; at < request.length;) at += await socket.write(request.subarray(at));
  const answer = await readHead(socket);
  if (!/^HTTP\/1\.[01] 200/.test(answer)) throw new Error(`the proxy refuses: ${answer.split("\r\n")[0]}`);
}

/** Reads byte by byte, so that it does not consume bytes of the server behind the proxy. */
async function readHead(socket: Deno.TcpConn): Promise<string> {
  let head = "";
  const byte = new Uint8Array(1);
  while (!head.endsWith("\r\n\r\n")) {
    if (await socket.read(byte) === null || head.length > MAX_PROXY_ANSWER_BYTES) {
      throw new Error("the proxy sent an invalid response");
    }
    head += String.fromCharCode(byte[0]!);
  }
  return head;
}

function close(socket: { close(): void }) {
  try {
    socket.close();
  } catch {
    // Already closed.
  }
}
