import assert from "node:assert/strict";
import fc from "fast-check";
import { startGoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { healthOf, type TokenHealth } from "../../src/vault/health.ts";
import { refreshTime } from "../../src/vault/refresh_timing.ts";
import { movableClock, newKeyring } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { clientOf, newConnected, stateOf, storedOf } from "../support/google_credentials.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const HOUR = 3600;
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

/** The health of a token `seconds` after its issue, for this lifetime and horizon. */
function healthAfter(seconds: number, lifeSeconds: number, horizonSeconds: number): TokenHealth {
  const known = {
    revokedAt: null,
    refused: false,
    issuedAt: NOW,
    expiresAt: inSeconds(lifeSeconds),
    hasRefreshToken: true,
    refreshFailures: 0,
    lastCheckedAt: NOW,
  };
  return healthOf(known, inSeconds(seconds), horizonSeconds);
}

Deno.test("a lifetime above the horizon: EXPIRING within the horizon, but never in its first half", () => {
  const cases: [life: number, after: number][] = [[24, 19.2], [30, 15], [48, 24], [60, 36], [240, 216]];
  for (const [life, after] of cases) {
    const health = (hours: number) => healthAfter(hours * HOUR, life * HOUR, 24 * HOUR);
    assert.deepEqual([health(after - 0.001), health(after)], ["HEALTHY", "EXPIRING"], `a life of ${life} h`);
  }
});

Deno.test("for any lifetime and horizon, the refresh is in the tenth of the lifetime before EXPIRING", () => {
  const seconds = fc.integer({ min: 60, max: 365 * 24 * HOUR });
  fc.assert(
    fc.property(seconds, seconds, fc.string(), (life, horizon, id) => {
      const at =
        (refreshTime(id, { issuedAt: NOW, expiresAt: inSeconds(life) }, horizon).getTime() - NOW.getTime()) /
        1000;
      const last = life > horizon ? Math.min(0.8 * life, Math.max(life - horizon, life / 2)) : 0.8 * life;
      assert(
        at <= last + 0.001 && at >= last - 0.1 * life - 0.001,
        `${at} of ${life} s, horizon ${horizon} s`,
      );
      assert.equal(healthAfter(at - 0.001, life, horizon), "HEALTHY");
    }),
    { numRuns: 1_000 },
  );
});

onEachDatabase(
  "a token that expires within the horizon is refreshed before 80 % of its lifetime",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { person, credential } = await newConnected(app, { lifeSeconds: 60 * HOUR });
    app.clock.advance(29 * HOUR);
    const before = await storedOf(app, credential.id);
    assert.deepEqual([before.lastRefreshedAt, app.google.calls.refreshes], [null, 0]);
    app.clock.advance(7 * HOUR);
    await eventually("it is refreshed", () => app.google.calls.refreshes === 1);
    const client = await clientOf(app, person);
    await eventually(
      "it is HEALTHY",
      async () => (await stateOf(client, credential.id)).health === "HEALTHY",
    );
  },
);

onEachDatabase("a changed horizon applies to stored credentials after a restart", async (database) => {
  await using google = await startGoogleEmulator();
  const shared = { database, google, clock: movableClock(), keys: newKeyring() };
  const withHorizon = (hours: string) =>
    startGoogleApp({ ...shared, env: { VAULT_REFRESH_HORIZON_HOURS: hours } });
  const connect = async () => {
    await using app = await withHorizon("1");
    return (await newConnected(app, { lifeSeconds: 60 * HOUR })).credential;
  };
  const { id, issuedAt } = await connect();
  const hoursUntil = (at: Date | null) => (at!.getTime() - issuedAt!.getTime()) / 1000 / HOUR;
  await using app = await withHorizon("24");
  const rescheduled = await eventually("it is rescheduled", async () => {
    const stored = await storedOf(app, id);
    return hoursUntil(stored.refreshAt) <= 36 && stored;
  });
  assert(Math.abs(hoursUntil(rescheduled.changesAt) - 36) < 0.001);
  app.clock.advance(36 * HOUR);
  await eventually("it is refreshed", () => app.google.calls.refreshes === 1);
});
