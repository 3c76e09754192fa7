import assert from "node:assert/strict";
import { join } from "node:path";

/** A listener that is closed at the end of the test. */
export type Listening = AsyncDisposable & { port: number };

/** Handles each connection with `serve`. Disposal closes open connections. */
export function forward(
  listener: Deno.Listener<Deno.Conn>,
  serve: (socket: Deno.Conn) => Promise<void>,
): Listening {
  const sockets = new Set<Deno.Conn>();
  const serving = new Set<Promise<void>>();
  const accept = async () => {
    for await (const socket of listener) {
      sockets.add(socket);
      if ("setNoDelay" in socket) (socket as Deno.TcpConn).setNoDelay();
      serving.add(serve(socket).catch(() => {}).finally(() => quietly(() => socket.close())));
    }
  };
  const accepting = accept().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const socket of sockets) quietly(() => socket.close());
      await Promise.all([accepting, ...serving]);
    },
  };
}

/** A certificate for localhost and modal.test that only the test trusts. */
export async function withCertificate(): Promise<AsyncDisposable & { cert: string; key: string }> {
  const folder = await Deno.makeTempDir();
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const args = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test".split(
    " ",
  );
  args.push(
    "-addext",
    "subjectAltName=DNS:localhost,DNS:modal.test",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
  );
  const { success } = await new Deno.Command("openssl", {
    args: [...args, "-keyout", key, "-out", cert],
    stderr: "null",
  }).output();
  assert.ok(success, "openssl creates a certificate");
  return {
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Terminates TLS and forwards the content to a plaintext port. */
export function startTlsEnd(
  { cert, key }: { cert: string; key: string },
  alpnProtocols: string[],
  port: number,
): Listening {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key, alpnProtocols });
  return forward(listener, (socket) => passOn(socket, port));
}

/**
 * A proxy that tunnels every request to one port, and records the requested targets. Without a port it asks for
 * authentication instead.
 */
export function startConnectProxy(
  port: number | undefined,
): Listening & { asked: string[]; logins: string[] } {
  const asked: string[] = [];
  const logins: string[] = [];
  const listening = forward(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (socket) => {
    const chunk = new Uint8Array(4096);
    const head = new TextDecoder().decode(chunk.subarray(0, await socket.read(chunk) ?? 0));
    asked.push(/^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? "");
    logins.push(/^proxy-authorization: (.*)\r$/mi.exec(head)?.[1] ?? "");
    const answer = port === undefined ? "407 Proxy Authentication Required" : "200 Connection established";
    await socket.write(new TextEncoder().encode(`HTTP/1.1 ${answer}\r\n\r\n`));
    if (port !== undefined) await passOn(socket, port);
  });
  return Object.assign(listening, { asked, logins });
}

/** Forwards bytes in both directions until one side ends. */
async function passOn(socket: Deno.Conn, port: number): Promise<void> {
  const other = await Deno.connect({ hostname: "127.0.0.1", port });
  const pass = async (from: Deno.Conn, to: Deno.Conn) => {
    const chunk = new Uint8Array(16 * 1024);
    try {
      for (let size = await from.read(chunk); size !== null; size = await from.read(chunk)) {
        for (let at = 0; at < size;) at += await to.write(chunk.subarray(at, size));
      }
    } finally {
      quietly(() => socket.close());
      quietly(() => other.close());
    }
  };
  await Promise.allSettled([pass(socket, other), pass(other, socket)]);
}

function quietly(work: () => void) {
  try {
    work();
  } catch {
    // Closed already.
  }
}
