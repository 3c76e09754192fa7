import assert from "node:assert/strict";
import { serverError } from "../../src/emulators/google/switches.ts";
import { retryTime } from "../../src/vault/refresh_timing.ts";
import { onEachDatabase } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { accessToken, clientOf, newConnected, refreshNow, storedOf } from "../support/google_credentials.ts";
import { codeOf } from "../support/modal_flows.ts";

onEachDatabase(
  "a lifetime of 30,000 years counts as one year, and of one second as one second",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { person, credential } = await newConnected(app);
    const client = await clientOf(app, person);
    const refreshedFor = async (expiresIn: unknown) => {
      app.google.switches.tokenAnswer = { expires_in: expiresIn };
      app.clock.advance(11);
      assert.equal((await refreshNow(client, credential.id)).__typename, "CredentialChanged");
      const { issuedAt, expiresAt, refreshAt } = await storedOf(app, credential.id);
      const after = (at: Date | null) => (at!.getTime() - issuedAt!.getTime()) / 1000;
      return { life: after(expiresAt), refresh: after(refreshAt) };
    };
    const year = 365 * 24 * 3_600;
    for (const tooLong of [1e12, 8e12, 1e15, "1e300"]) {
      assert.ok(Math.abs((await refreshedFor(tooLong)).life - year) < 1, `${tooLong}`);
    }
    // Background refreshes are at least ten seconds apart, so Google is not called every second.
    const second = await refreshedFor(1);
    assert.ok(second.life <= 1 && second.refresh >= 10, JSON.stringify(second));
    for (const lifetime of [true, [3600], {}, "soon", -1]) {
      app.google.switches.tokenAnswer = { expires_in: lifetime };
      app.clock.advance(120);
      assert.equal(codeOf(await refreshNow(client, credential.id)), "PROVIDER_UNAVAILABLE", `${lifetime}`);
    }
  },
);

Deno.test("delays after failures double from five seconds up to a minute, with jitter", () => {
  const now = new Date();
  for (let failures = 1; failures <= 40; failures++) {
    const most = Math.min(60, 5 * 2 ** (failures - 1));
    const pause = (retryTime(failures, now).getTime() - now.getTime()) / 1000;
    assert.ok(pause >= most / 2 - 0.001 && pause <= most, `${pause} s after ${failures}`);
  }
});

onEachDatabase("repeated refresh requests do not cause more calls to Google", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const client = await clientOf(app, person);
  app.google.switches.faults = [serverError("token", 1_000)];
  for (let tries = 0; tries < 10; tries++) {
    const answer = await refreshNow(client, credential.id);
    assert(answer.__typename === "RefreshFailedError", JSON.stringify(answer));
    assert.ok(answer.retryAfterSeconds! > 0);
  }
  assert.equal(app.google.calls.refreshes, 1);
  app.google.switches.faults = [];
  app.clock.advance(6);
  assert.equal((await refreshNow(client, credential.id)).__typename, "CredentialChanged");
  assert.notEqual(await accessToken(client), credential.accessToken);
});
