import assert from "node:assert/strict";
import {
  type GoogleEmulator,
  type GoogleEmulatorOptions,
  startGoogleEmulator,
} from "../../src/emulators/google/google_emulator.ts";
import { type GoogleApi, GoogleTokenRejected } from "../../src/providers/google/api/google_api.ts";
import {
  createGoogleClient,
  type GoogleClientOptions,
} from "../../src/providers/google/api/google_client.ts";
import { Secret } from "../../src/lib/secret.ts";
import { type Clock, movableClock } from "./app.ts";

/** An emulator and a client of it, with one clock. */
export type GoogleRig = AsyncDisposable & { emulator: GoogleEmulator; google: GoogleApi; clock: Clock };

export async function startGoogleRig(
  options: Partial<GoogleClientOptions> = {},
  emulation: GoogleEmulatorOptions = {},
): Promise<GoogleRig> {
  const clock = movableClock();
  const emulator = await startGoogleEmulator({ now: clock.now, ...emulation });
  const { clientId, clientSecret } = emulator.client;
  const google = createGoogleClient({
    client: { clientId, clientSecret: new Secret(clientSecret) },
    endpoints: emulator.endpoints,
    now: clock.now,
    ...options,
  });
  return {
    emulator,
    google,
    clock,
    async [Symbol.asyncDispose]() {
      google.close();
      await emulator.close();
    },
  };
}

/** The reason for the refusal of the token, as shown to operators. */
export async function rejectionOf(promise: Promise<unknown>) {
  const error = await failureOf(promise);
  assert.ok(error instanceof GoogleTokenRejected, `${error}`);
  return error.rejection;
}

/** The reason of the promise's rejection. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(() => assert.fail("it succeeded"), (reason) => reason);
}
