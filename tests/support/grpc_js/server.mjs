import { Buffer } from "node:buffer";
import { EventEmitter, on } from "node:events";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { serveCommands } from "../../bench/peers/commands.js";
import { bytes, fromMetadata, toMetadata } from "./metadata.mjs";

/** A grpc-js server on Node. `../grpc_js.ts` controls its answers. */
const server = new Server();
const calls = [];
const arrivals = new EventEmitter();
const arrived = on(arrivals, "call");
let address;

server.register("/test.Interop/Call", receive, bytes, bytes, "unary");

function receive(call, answer) {
  const cancelled = new Promise((resolve) => call.on("cancelled", resolve));
  const id = calls.push({ call, answer, cancelled }) - 1;
  arrivals.emit("call", {
    id,
    headers: fromMetadata(call.metadata),
    message: call.request.toString("base64"),
    // JSON has no Infinity, so null means that the client sent no deadline.
    timeoutMs: call.getDeadline() - Date.now(),
    peer: call.getPeer(),
  });
}

function listen() {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      address = `127.0.0.1:${port}`;
      error ? reject(error) : resolve(port);
    });
  });
}

function reply({ id, message, trailers, status, details, headFirst }) {
  const { call, answer } = calls[id];
  const metadata = toMetadata(trailers);
  if (headFirst) call.sendMetadata(toMetadata([]));
  if (status) answer({ code: status, details, metadata });
  else answer(null, Buffer.from(message, "base64"), metadata);
}

await serveCommands({
  listen,
  next: async () => (await arrived.next()).value[0],
  reply,
  cancelled: (id) => calls[id].cancelled,
  // Sends GOAWAY without an error on every connection and, after `graceMs`, one with CANCEL, which ends the connection.
  drain: (graceMs) => server.drain(address, graceMs),
});
server.forceShutdown();
