/** Makes calls one after the other, as `grpc-js` or as our `own` client, and prints the status of each. */
import { Buffer } from "node:buffer";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { createModalChannels } from "../../src/providers/modal/api/modal_channels.ts";
import { CallFailed } from "../../src/providers/modal/grpc/grpc_client.ts";
import { status } from "../../src/providers/modal/grpc/grpc_status.ts";
import { pause } from "../support/eventually.ts";

const DEADLINE_SECONDS = 6;
/** After each call, so that a goodbye that follows the answer finds the connection idle. */
const PAUSE_MS = 300;

const PATH = "/canary.Canary/Call";
const bytes = (message: Uint8Array) => Buffer.from(message);

type Caller = { call(): Promise<number>; close(): void };

function grpcJs(port: number): Caller {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    call: () =>
      new Promise((resolve) => {
        const deadline = Date.now() + DEADLINE_SECONDS * 1000;
        client
          .makeUnaryRequest(PATH, bytes, bytes, Buffer.of(), new Metadata(), { deadline }, () => {})
          .on("status", ({ code }) => resolve(code));
      }),
    close: () => client.close(),
  };
}

function own(port: number): Caller {
  const authority = `127.0.0.1:${port}`;
  const channels = createModalChannels({ hostname: "127.0.0.1", port, authority, secure: false });
  const method = {
    path: PATH,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  return {
    async call() {
      try {
        await channels.call(method, Buffer.of(), { headers: {}, timeoutSeconds: DEADLINE_SECONDS });
        return status.OK;
      } catch (error) {
        if (error instanceof CallFailed) return error.status;
        throw error;
      }
    },
    close: () => channels.close(),
  };
}

const [kind, port, calls] = Deno.args;
const caller = (kind === "grpc-js" ? grpcJs : own)(Number(port));
for (let call = 0; call < Number(calls); call++) {
  console.log(await caller.call());
  await pause(PAUSE_MS);
}
caller.close();
