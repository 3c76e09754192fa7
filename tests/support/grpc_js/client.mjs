import { Buffer } from "node:buffer";
import process from "node:process";
import { Client, credentials } from "@grpc/grpc-js";
import { serveCommands } from "../../bench/peers/commands.js";
import { bytes, fromMetadata, toMetadata } from "./metadata.mjs";

/** A grpc-js client on Node. Its argument is the server's address. `../grpc_js.ts` controls it. */
const client = new Client(process.argv[2], credentials.createInsecure());
const underWay = new Map();

/** Makes a call and returns its result or error. */
function call({ id, path, message, headers, timeoutMs }) {
  return new Promise((resolve) => {
    let answer;
    const request = Buffer.from(message, "base64");
    const options = timeoutMs ? { deadline: Date.now() + timeoutMs } : {};
    const onAnswer = (_error, response) => answer = response;
    const begun = client.makeUnaryRequest(
      path,
      bytes,
      bytes,
      request,
      toMetadata(headers),
      options,
      onAnswer,
    );
    underWay.set(id, begun);
    begun.on("status", ({ code, details, metadata }) => {
      const trailers = fromMetadata(metadata);
      resolve({ status: code, details, trailers, message: answer?.toString("base64") });
    });
  });
}

await serveCommands({
  call,
  cancel: (id) => underWay.get(id).cancel(),
  close: () => client.close(),
});
client.close();
