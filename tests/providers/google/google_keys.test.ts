import assert from "node:assert/strict";
import { dropped, type GoogleFault, serverError, silent } from "../../../src/emulators/google/switches.ts";
import { GoogleUnreachable } from "../../../src/providers/google/api/google_api.ts";
import { failureOf, rejectionOf, startGoogleRig } from "../../support/google_rig.ts";

const ADA = { email: "ada@example.test" };

Deno.test("parallel lookups share one fetch, and expired keys are fetched again", async () => {
  await using rig = await startGoogleRig();
  rig.emulator.switches.certificatesCacheControl = "public, max-age=600";
  rig.emulator.switches.certificatesAgeSeconds = 100;
  const token = rig.emulator.issueIdToken(ADA);
  await Promise.all(Array.from({ length: 20 }, () => rig.google.verifyIdToken(token)));
  assert.equal(rig.emulator.calls.certificates, 1);
  rig.clock.advance(490);
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 1, "the age was counted");
  rig.clock.advance(20);
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 2);
});

Deno.test("keys without a cache lifetime are kept for a minute", async () => {
  await using rig = await startGoogleRig();
  rig.emulator.switches.certificatesCacheControl = "no-store";
  const token = rig.emulator.issueIdToken(ADA);
  for (let tries = 0; tries < 5; tries++) await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 1);
  rig.clock.advance(60);
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 2);
});

Deno.test("a new key is found at once, and unknown ids fetch the keys at most once a minute", async () => {
  await using rig = await startGoogleRig();
  await rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA));
  rig.clock.advance(60);
  rig.emulator.rotateKeys({ keepOld: true });
  await rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA));
  assert.equal(rig.emulator.calls.certificates, 2);
  const nonsense = () =>
    rejectionOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA, { kid: crypto.randomUUID() })));
  for (let tries = 0; tries < 10; tries++) assert.deepEqual(await nonsense(), { reason: "key" });
  assert.equal(rig.emulator.calls.certificates, 2);
  rig.clock.advance(60);
  for (let tries = 0; tries < 10; tries++) await nonsense();
  assert.equal(rig.emulator.calls.certificates, 3);
});

Deno.test("a removed key is rejected once the cached keys expire", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA, { times: { exp: 48 * 3600 } });
  await rig.google.verifyIdToken(token);
  rig.emulator.rotateKeys({ keepOld: false });
  rig.clock.advance(21_900);
  await rig.google.verifyIdToken(token);
  rig.clock.advance(200);
  assert.deepEqual(await rejectionOf(rig.google.verifyIdToken(token)), { reason: "key" });
});

Deno.test("without keys verification fails, and the keys are fetched again after a pause", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA);
  const faults: GoogleFault[] = [serverError("certificates", 1), dropped("certificates", 1), {
    endpoint: "certificates",
    kind: "garbled",
    body: "<html>Welcome to the airport</html>",
    times: 1,
  }];
  for (const fault of faults) {
    rig.emulator.switches.faults = [fault];
    const error = await failureOf(rig.google.verifyIdToken(token));
    assert.ok(error instanceof GoogleUnreachable, `${error}`);
    assert.equal(error.code, "PROVIDER_UNAVAILABLE");
    const { certificates } = rig.emulator.calls;
    assert.ok(await failureOf(rig.google.verifyIdToken(token)) instanceof GoogleUnreachable);
    assert.equal(rig.emulator.calls.certificates, certificates, "no fetch during the pause");
    rig.clock.advance(20);
  }
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 4);
});

Deno.test("while Google is unreachable, expired keys are used for another day", async () => {
  await using rig = await startGoogleRig();
  const token = rig.emulator.issueIdToken(ADA, { times: { exp: 72 * 3600 } });
  await rig.google.verifyIdToken(token);
  rig.clock.advance(22_001);
  rig.emulator.switches.faults = [serverError("certificates", 1), {
    endpoint: "certificates",
    kind: "dropped",
    done: false,
  }];
  await rig.google.verifyIdToken(token);
  assert.equal(rig.emulator.calls.certificates, 2);
  await Promise.all(Array.from({ length: 10 }, () => rig.google.verifyIdToken(token)));
  assert.equal(rig.emulator.calls.certificates, 2, "no second fetch at once");
  const unknown = rig.emulator.issueIdToken(ADA, { kid: "perhaps-a-new-one" });
  assert.ok(
    await failureOf(rig.google.verifyIdToken(unknown)) instanceof GoogleUnreachable,
    "the key may be new",
  );
  rig.clock.advance(23 * 3600);
  await rig.google.verifyIdToken(token);
  rig.clock.advance(3600);
  assert.ok(await failureOf(rig.google.verifyIdToken(token)) instanceof GoogleUnreachable);
  rig.emulator.switches.faults = [];
  rig.clock.advance(300);
  await rig.google.verifyIdToken(token);
});

Deno.test("fetching the keys times out", async () => {
  await using rig = await startGoogleRig({ timeoutSeconds: 0.1 });
  rig.emulator.switches.faults = [silent("certificates", 1)];
  assert.ok(
    await failureOf(rig.google.verifyIdToken(rig.emulator.issueIdToken(ADA))) instanceof GoogleUnreachable,
  );
});
