import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { ModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { type ChannelCall, createModalChannels } from "../../src/providers/modal/api/modal_channels.ts";
import { type ModalMethod, modalService, type RequestOf } from "../../src/providers/modal/api/modal_proto.ts";
import { within } from "./eventually.ts";
import { type Pairs, startGrpcJsClient, startGrpcJsServer } from "./grpc_js.ts";
import { PLAIN_FLOW, until } from "./modal_rig.ts";

/** Long enough that no call reaches its deadline while a test waits for something else. */
const CALL_SECONDS = 3600;
const ARRIVAL_SECONDS = 30;

const bytes = (value: Uint8Array) => value;
/** The only method of the grpc-js server. */
export const METHOD = {
  path: "/test.Interop/Call",
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

/** A grpc-js server and our client. */
export async function theirServer() {
  const server = startGrpcJsServer();
  const port = await server.ask("listen");
  const target = { hostname: "127.0.0.1", port, authority: `127.0.0.1:${port}`, secure: false };
  const channels = createModalChannels(target);
  return {
    server,
    channels,
    /** Waits for the next call at the server. */
    next: () => within("a call arrives", server.ask("next"), ARRIVAL_SECONDS),
    /** Fulfilled when the server sees that the call was cancelled. */
    cancelled: (id: number) => within("the call is cancelled", server.ask("cancelled", id), ARRIVAL_SECONDS),
    call: (call: Partial<ChannelCall> = {}, message = new Uint8Array()) =>
      begun(channels.call(METHOD, message, { headers: {}, timeoutSeconds: CALL_SECONDS, ...call })),
    async [Symbol.asyncDispose]() {
      channels.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Headers of Modal's Python client, which our emulator requires. */
export const PYTHON: Pairs = [
  ["x-modal-client-type", "1"],
  ["x-modal-client-version", "1.5.4"],
  ["x-modal-python-version", "3.11.7"],
];

/** A grpc-js client of our Modal emulator. */
export function theirClient(emulator: ModalEmulator) {
  const client = startGrpcJsClient(new URL(emulator.url).host);
  let calls = 0;
  /** Makes a call. `id` allows its cancellation. */
  function call<M extends ModalMethod>(
    method: M,
    request: RequestOf<M>,
    headers = PYTHON,
    timeoutMs = CALL_SECONDS * 1000,
  ) {
    const { path, requestSerialize, responseDeserialize } = modalService[method];
    const id = `${++calls}`;
    const message = requestSerialize(request).toBase64();
    const ended = client.ask("call", { id, path, message, headers, timeoutMs }).then((end) => ({
      ...end,
      response: end.message === undefined
        ? undefined
        : responseDeserialize(Buffer.from(end.message, "base64")),
    }));
    return { id, ended: begun(ended) };
  }
  return {
    client,
    call,
    /** Creates a flow, and starts a call that waits for its approval. */
    async wait(timeoutMs?: number) {
      const { response } = await call("TokenFlowCreate", PLAIN_FLOW).ended;
      assert.ok(response);
      const { tokenFlowId, waitSecret } = response;
      const waiting = call("TokenFlowWait", { tokenFlowId, waitSecret, timeout: 40 }, PYTHON, timeoutMs);
      await until(() => emulator.callsUnderWay() === 1);
      return { tokenFlowId, ...waiting };
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** Marks the promise as handled, so that a test that fails before awaiting it does not end the whole file. */
function begun<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
