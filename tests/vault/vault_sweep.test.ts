import assert from "node:assert/strict";
import { startGoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { unavailable } from "../../src/emulators/modal/switches.ts";
import { movableClock, newKeyring } from "../support/app.ts";
import { eventsOf, newCredential, readCredential } from "../support/credentials.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { connectGoogle, type GoogleApp, storedOf } from "../support/google_credentials.ts";
import { captureLogs } from "../support/secrets.ts";

const SIX_HOURS = 6 * 60 * 60;

/** Sweeps every second, without other scheduled work on the vault. */
const SWEEPS = { sweepsAlone: true, env: { VAULT_SWEEP_CRON: "* * * * * *" } } as const;

/** A sweep at the start, and no other during the test. */
const SWEEPS_AT_START = { sweepsAlone: true, env: { VAULT_SWEEP_CRON: "0 0 29 2 *" } } as const;

async function isRefreshed(app: GoogleApp, id: string): Promise<boolean> {
  return (await storedOf(app, id)).lastRefreshedAt !== null;
}

onEachDatabase("a sweep refreshes due tokens and announces expired ones", async (database) => {
  await using app = await startGoogleApp({ database, ...SWEEPS });
  const due = await connectGoogle(app, null, { email: "due@gmail.test" });
  const later = await connectGoogle(app, null, { email: "later@gmail.test", lifeSeconds: 4 * 3_600 });
  const over = await connectGoogle(app, null, { email: "over@gmail.test", withoutRefreshToken: true });
  app.clock.advance(3_600);
  await eventually("the due token is refreshed", () => isRefreshed(app, due.id));
  assert.equal(await isRefreshed(app, later.id), false, "a token that is not due is not refreshed");
  assert.equal(app.google.calls.refreshes, 1);
  const operator = await app.operator();
  await eventually("the expired token is announced", async () => {
    const changes = (await eventsOf(app, operator, over.id)).map(({ data }) => data as { current?: string });
    return changes.at(-1)?.current === "REAUTHORIZATION_REQUIRED";
  });
});

onEachDatabase("a sweep also verifies Modal tokens", async (database) => {
  await using app = await startGoogleApp({ database, ...SWEEPS });
  const operator = await app.operator();
  const { id, tokenId } = await newCredential(app, operator);
  app.modal.revokeToken(tokenId);
  app.clock.advance(SIX_HOURS);
  await eventually("Modal's refusal is known", async () => {
    return (await readCredential(operator, id)).health === "REAUTHORIZATION_REQUIRED";
  });
});

onEachDatabase("a server sweeps when it starts", async (database) => {
  await using google = await startGoogleEmulator();
  const shared = { database, google, clock: movableClock(), keys: newKeyring(), ...SWEEPS_AT_START };
  const stored = async () => {
    await using app = await startGoogleApp(shared);
    return await connectGoogle(app, null);
  };
  const { id } = await stored();
  shared.clock.advance(3_600);
  await using app = await startGoogleApp(shared);
  await eventually("it was refreshed", () => isRefreshed(app, id));
});

onEachDatabase("a failed sweep is logged, counted and repeated", async (database) => {
  await using google = await startGoogleEmulator();
  await using modal = startModalEmulator();
  const outside = { google, modal, clock: movableClock() };
  const shared = { database, ...outside, keys: newKeyring(), ...SWEEPS_AT_START };
  const stored = async () => {
    await using app = await startGoogleApp(shared);
    return [await newCredential(app, await app.operator()), await connectGoogle(app, null)] as const;
  };
  const [{ id }, due] = await stored();
  shared.clock.advance(SIX_HOURS);
  modal.switches.faults = [unavailable(1_000)];
  await using logs = await captureLogs();
  await using app = await startGoogleApp(shared);
  await eventually("the failure is logged", () => /The job \S*vault\.sweep\S* failed/.test(logs.text()));
  assert.match(await app.services.metrics.text(), /^sallyport_vault_sweep_failures_total [1-9]/m);
  await eventually("the rest of the sweep is done", () => isRefreshed(app, due.id));
  const operator = await app.operator();
  const failing = await readCredential(operator, id);
  modal.switches.faults = [];
  const checked = await eventually("the sweep is repeated", async () => {
    const credential = await readCredential(operator, id);
    return credential.lastCheckedAt !== failing.lastCheckedAt && credential;
  });
  assert.deepEqual([failing.health, checked.health], ["HEALTHY", "HEALTHY"]);
});
