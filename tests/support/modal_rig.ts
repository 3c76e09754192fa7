import assert from "node:assert/strict";
import {
  type ModalEmulator,
  type ModalEmulatorOptions,
  startModalEmulator,
} from "../../src/emulators/modal/modal_emulator.ts";
import { type ModalApi, ModalRejected, ModalUnreachable } from "../../src/providers/modal/api/modal_api.ts";
import { createModalClient, type ModalClientOptions } from "../../src/providers/modal/api/modal_client.ts";
import { Secret } from "../../src/lib/secret.ts";

export const PLAIN_FLOW = { utmSource: "", localhostPort: 0, nextUrl: "", expiresInSeconds: 0 };

/** A client whose sleeps take no time. Each is recorded and moves the client's clock. */
export function quickClient(
  options: ModalClientOptions,
): { modal: ModalApi; slept: number[]; close(): void } {
  const slept: number[] = [];
  let now = Date.parse("2026-11-21T12:00:00Z");
  const sleep = (seconds: number) => {
    slept.push(Math.round(seconds * 1000) / 1000);
    now += seconds * 1000;
    return Promise.resolve();
  };
  const modal = createModalClient({ now: () => new Date(now), sleep, ...options });
  return { modal, slept, close: () => modal.close() };
}

export type Rig = AsyncDisposable & {
  emulator: ModalEmulator;
  modal: ModalApi;
  slept: number[];
  /** A valid token. */
  token(): { tokenId: string; tokenSecret: Secret };
};

/** An emulator, and a client of it whose sleeps take no time. */
export async function startRig(options: ModalEmulatorOptions = {}): Promise<Rig> {
  const emulator = await startModalEmulator(options);
  const { modal, slept } = quickClient({ serverUrl: emulator.url });
  return {
    emulator,
    modal,
    slept,
    token() {
      const { tokenId, tokenSecret } = emulator.issueToken();
      return { tokenId, tokenSecret: new Secret(tokenSecret) };
    },
    async [Symbol.asyncDispose]() {
      modal.close();
      await emulator.close();
    },
  };
}

/** The error of the promise, which must be a refusal by Modal. */
export async function rejected(promise: Promise<unknown>): Promise<ModalRejected> {
  const error = await promise.then(() => assert.fail("it succeeded"), (reason) => reason);
  assert.ok(error instanceof ModalRejected, `${error}`);
  return error;
}

/** The error of the promise, which must be that Modal is unreachable. */
export async function unreachable(promise: Promise<unknown>): Promise<ModalUnreachable> {
  const error = await promise.then(() => assert.fail("it succeeded"), (reason) => reason);
  assert.ok(error instanceof ModalUnreachable, `${error}`);
  return error;
}

/** Waits until `condition` is true. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 5000, "the condition did not become true");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
