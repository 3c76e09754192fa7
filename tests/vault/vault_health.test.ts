import assert from "node:assert/strict";
import fc from "fast-check";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import { status } from "../../src/providers/modal/grpc/grpc_status.ts";
import { announceChanges } from "../../src/vault/announce.ts";
import { healthOf, type Known, nextChange, type TokenHealth } from "../../src/vault/health.ts";
import { startApp } from "../support/app.ts";
import { eventsOf, newCredential, readCredential, revoke, verify } from "../support/credentials.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { START } from "../support/logged_events.ts";
import { codeOf } from "../support/modal_flows.ts";

const WatchHealth = graphql(`
  subscription WatchHealth($credentialId: ID, $after: String) {
    tokenHealth(credentialId: $credentialId, after: $after) {
      cursor previous current reason credential { id health }
    }
  }
`);

const NOW = new Date("2026-11-21T12:00:00Z");
const HORIZON_SECONDS = 3600;
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

Deno.test("the first matching fact determines a credential's health", () => {
  const sound: Known = {
    revokedAt: null,
    refused: false,
    issuedAt: null,
    expiresAt: null,
    hasRefreshToken: false,
    refreshFailures: 0,
    lastCheckedAt: NOW,
  };
  const cases: [Partial<Known>, TokenHealth][] = [
    [{}, "HEALTHY"],
    [{ lastCheckedAt: null }, "UNKNOWN"],
    [{ expiresAt: inSeconds(HORIZON_SECONDS + 1) }, "HEALTHY"],
    [{ expiresAt: inSeconds(HORIZON_SECONDS) }, "EXPIRING"],
    [{ expiresAt: inSeconds(1) }, "EXPIRING"],
    [{ expiresAt: inSeconds(1), hasRefreshToken: true }, "EXPIRING"],
    [{ expiresAt: inSeconds(1), lastCheckedAt: null }, "UNKNOWN"],
    [{ expiresAt: NOW }, "REAUTHORIZATION_REQUIRED"],
    [{ expiresAt: NOW, hasRefreshToken: true }, "EXPIRED"],
    [{ expiresAt: inSeconds(-1), lastCheckedAt: null }, "REAUTHORIZATION_REQUIRED"],
    [{ expiresAt: inSeconds(-1), hasRefreshToken: true, lastCheckedAt: null }, "EXPIRED"],
    [{ expiresAt: NOW, hasRefreshToken: true, refreshFailures: 1 }, "UNKNOWN"],
    [{ expiresAt: inSeconds(1), hasRefreshToken: true, refreshFailures: 9 }, "EXPIRING"],
    [{ expiresAt: inSeconds(9000), hasRefreshToken: true, refreshFailures: 9 }, "HEALTHY"],
    // A lifetime of 1,000 s, shorter than the horizon: EXPIRING in its last fifth.
    [{ issuedAt: inSeconds(-799), expiresAt: inSeconds(201) }, "HEALTHY"],
    [{ issuedAt: inSeconds(-800), expiresAt: inSeconds(200) }, "EXPIRING"],
    // A lifetime of ten days, longer than the horizon: EXPIRING within the horizon.
    [{ issuedAt: inSeconds(-860_000), expiresAt: inSeconds(4_000) }, "HEALTHY"],
    [{ issuedAt: inSeconds(-860_400), expiresAt: inSeconds(3_600) }, "EXPIRING"],
    [{ refused: true }, "REAUTHORIZATION_REQUIRED"],
    [{ refused: true, expiresAt: inSeconds(-1), hasRefreshToken: true }, "REAUTHORIZATION_REQUIRED"],
    [{ revokedAt: NOW }, "REVOKED"],
    [{ revokedAt: NOW, refused: true, expiresAt: inSeconds(-1) }, "REVOKED"],
  ];
  for (const [known, health] of cases) {
    assert.equal(healthOf({ ...sound, ...known }, NOW, HORIZON_SECONDS), health, JSON.stringify(known));
  }
});

const dates = fc.integer({ min: -2_000_000, max: 2_000_000 }).map(inSeconds);
const anything: fc.Arbitrary<Known> = fc.record({
  revokedAt: fc.option(dates),
  refused: fc.boolean(),
  issuedAt: fc.option(dates),
  expiresAt: fc.option(dates),
  hasRefreshToken: fc.boolean(),
  refreshFailures: fc.nat(3),
  lastCheckedAt: fc.option(dates),
});

Deno.test("health changes at nextChange and not before", () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 100_000 }), fc.nat(1_000_000), (known, horizon, wait) => {
      const health = healthOf(known, NOW, horizon);
      const change = nextChange(known, NOW, horizon);
      const later = inSeconds(wait);
      if (!change || later < change) assert.equal(healthOf(known, later, horizon), health);
      if (!change) return;
      assert(change > NOW);
      // An unconfirmed credential stays UNKNOWN until it expires.
      const confirmed = known.lastCheckedAt !== null;
      if (confirmed) assert.notEqual(healthOf(known, change, horizon), health);
    }),
    { numRuns: 1_000 },
  );
});

onEachDatabase("verifying stores Modal's answer; only a refusal changes the health", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenId } = await newCredential(app, operator);
  app.modal.switches.faults = [{
    method: "ClientHello",
    status: status.UNAVAILABLE,
    text: "emulated: away",
  }];
  assert.equal(codeOf(await verify(operator, id)), "PROVIDER_UNAVAILABLE");
  const unsure = await readCredential(operator, id);
  assert.equal(unsure.health, "HEALTHY");
  assert.match(unsure.lastFailure ?? "", /cannot be reached/);
  app.modal.switches.faults = [];
  assert.equal((await verify(operator, id)).__typename, "ModalVerified");
  assert.equal((await readCredential(operator, id)).lastFailure, null);
  app.modal.revokeToken(tokenId);
  assert.equal(codeOf(await verify(operator, id)), "MODAL_REJECTED");
  const refused = await readCredential(operator, id);
  assert.equal(refused.health, "REAUTHORIZATION_REQUIRED");
  assert.equal(refused.valid, false);
  assert.match(refused.lastFailure ?? "", /Token not found/);
});

onEachDatabase("a credential becomes EXPIRING and then expires, with one event each", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id } = await newCredential(app, operator, 40 * 60 * 60);
  const changesOf = async (client: Client) =>
    (await eventsOf(app, client, id)).filter(({ type }) => type === "credential.health_changed");
  app.clock.advance(17 * 60 * 60);
  assert.equal((await readCredential(operator, id)).health, "EXPIRING", "also before the event");
  await eventually("the event is logged", async () => (await changesOf(operator)).length === 2);
  // The operator's token is valid for one day, so another operator continues.
  app.clock.advance(24 * 60 * 60);
  const later = await app.operator();
  await eventually("the event is logged", async () => (await changesOf(later)).length === 3);
  assert.equal(await announceChanges(app.services), 0);
  const { health, expired, valid, needsRefresh } = await readCredential(later, id);
  assert.deepEqual({ health, expired, valid, needsRefresh }, {
    health: "REAUTHORIZATION_REQUIRED",
    expired: true,
    valid: false,
    needsRefresh: false,
  });
  const steps = (await changesOf(later)).map(({ data }) => data as { previous: string; current: string });
  assert.deepEqual(steps.map(({ previous, current }) => [previous, current]), [
    ["UNKNOWN", "HEALTHY"],
    ["HEALTHY", "EXPIRING"],
    ["EXPIRING", "REAUTHORIZATION_REQUIRED"],
  ]);
});

onEachDatabase("R50: changes of health can be followed and resumed by cursor", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator("OPERATE");
  const [one, other] = [await newCredential(app, operator), await newCredential(app, operator)];
  await revoke(operator, one.id);
  await revoke(operator, other.id);
  const read = async (args: { credentialId?: string; after: string }, count: number) => {
    const changes = [];
    for await (const { tokenHealth: change } of operator.subscribe(WatchHealth, args)) {
      changes.push(change);
      if (changes.length === count) break;
    }
    return changes;
  };
  const all = await within("all changes", read({ after: START }, 4));
  assert.deepEqual(all.map(({ credential: { id }, previous, current }) => [id, previous, current]), [
    [one.id, "UNKNOWN", "HEALTHY"],
    [other.id, "UNKNOWN", "HEALTHY"],
    [one.id, "HEALTHY", "REVOKED"],
    [other.id, "HEALTHY", "REVOKED"],
  ]);
  assert.equal(all[0]?.credential.health, "REVOKED", "the credential is shown as it is now");
  assert.deepEqual(await within("the rest", read({ after: all[1]?.cursor ?? "" }, 2)), all.slice(2));
  const own = await within("one's changes", read({ credentialId: other.id, after: START }, 2));
  assert.deepEqual(own, [all[1], all[3]]);
  await assert.rejects(read({ credentialId: "crd_none", after: START }, 1), { code: "CREDENTIAL_NOT_FOUND" });
  await assert.rejects(read({ after: "A" }, 1), { code: "INVALID_INPUT" });
});

onEachDatabase(
  "subscribers get every change of health, from each cause",
  async (database) => {
    await using app = await startApp({ database, env: { VAULT_REFRESH_HORIZON_HOURS: "1" } });
    const operator = await app.operator();
    const live = await subscribe(app.fetch, "subscription { tokenHealth { current credential { id } } }", {
      token: await app.operatorToken(),
    });
    await eventually("it is subscribed", () => app.services.subscriptions.size === 1);
    const isNotified = async (id: string, current: TokenHealth) => {
      const { tokenHealth } = await within(`the change to ${current}`, live.value());
      assert.deepEqual(tokenHealth, { current, credential: { id } });
    };
    const { id } = await newCredential(app, operator, 3 * 3600);
    await isNotified(id, "HEALTHY");
    // Changes caused by time alone are polled often enough, too.
    app.clock.advance(2.5 * 3600);
    await isNotified(id, "EXPIRING");
    app.clock.advance(0.5 * 3600);
    await isNotified(id, "REAUTHORIZATION_REQUIRED");
    const other = await newCredential(app, operator);
    await isNotified(other.id, "HEALTHY");
    app.modal.revokeToken(other.tokenId);
    await verify(operator, other.id);
    await isNotified(other.id, "REAUTHORIZATION_REQUIRED");
    await revoke(operator, other.id);
    await isNotified(other.id, "REVOKED");
    await live.leave();
  },
);
