import { urlHost } from "../../../platform/network/ip_address.ts";
import { NotHttp2 } from "./frames.ts";
import type { Proxy } from "./proxy.ts";
import type { Socket } from "./socket_writer.ts";

export type Target = {
  /** A name or an address, without brackets. */
  hostname: string;
  port: number;
  /** TLS, or plaintext. */
  secure: boolean;
  /** PEM certificates of authorities to trust beside the usual ones. */
  caCerts?: string[];
  /** Tunnel through this HTTP proxy. */
  proxy?: Proxy | undefined;
};

/** A server or proxy that takes the connection and then says nothing is given up after this. */
const CONNECT_SECONDS = 10;

/** More than any proxy has to say before the tunnel is open. */
const MAX_PROXY_ANSWER_BYTES = 8 * 1024;

/**
 * Connects, through the proxy if there is one, and agrees on HTTP/2 where there is TLS, within ten seconds or
 * until `signal` aborts. Throws what Deno throws when it cannot, and `NotHttp2` when the server does not want
 * HTTP/2.
 */
export async function connect(target: Target, signal: AbortSignal): Promise<Socket> {
  const { hostname, port, proxy } = target;
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_SECONDS * 1000)]);
  try {
    const socket = await Deno.connect({ ...(proxy ?? { hostname, port }), signal: limit });
    return await agree(socket, target, limit);
  } catch (error) {
    throw limit.aborted ? new Error("no answer to the connection in time") : error;
  }
}

/** What there is to say before HTTP/2; the socket is closed when that fails, or `signal` aborts. */
async function agree(socket: Deno.TcpConn, target: Target, signal: AbortSignal): Promise<Socket> {
  const giveUp = () => close(socket);
  signal.addEventListener("abort", giveUp);
  try {
    signal.throwIfAborted();
    socket.setNoDelay();
    if (target.proxy) await openTunnel(socket, target, target.proxy);
    return target.secure ? await secured(socket, target) : socket;
  } catch (error) {
    close(socket);
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function secured(socket: Deno.TcpConn, { hostname, caCerts = [] }: Target): Promise<Socket> {
  const tls = await Deno.startTls(socket, { hostname, caCerts, alpnProtocols: ["h2"] });
  try {
    const { alpnProtocol } = await tls.handshake();
    if (alpnProtocol !== "h2") throw new NotHttp2();
    return tls;
  } catch (error) {
    close(tls);
    // The alert of a server that knows other protocols only.
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

/** Byte by byte, so that nothing is read that the server behind the proxy says. */
async function readHead(socket: Deno.TcpConn): Promise<string> {
  let head = "";
  const byte = new Uint8Array(1);
  while (!head.endsWith("\r\n\r\n")) {
    if (await socket.read(byte) === null || head.length > MAX_PROXY_ANSWER_BYTES) {
      throw new Error("the proxy gives no proper answer");
    }
    head += String.fromCharCode(byte[0]!);
  }
  return head;
}

function close(socket: { close(): void }) {
  try {
    socket.close();
  } catch {
    // Closed already.
  }
}
