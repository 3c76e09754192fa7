import assert from "node:assert/strict";
import type { Client } from "../../src/client/operator/client.ts";
import {
  dropped,
  type GoogleFault,
  type GoogleSwitches,
  invalidGrant,
  serverError,
  silent,
} from "../../src/emulators/google/switches.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { googleTokens } from "../../src/providers/google/credential/google_refresh.ts";
import { createRefresher } from "../../src/vault/refresh.ts";
import { eventsOf, newCredential, reveal, revoke } from "../support/credentials.ts";
import { onEachDatabase, onPostgres } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import {
  access,
  accessToken,
  CALENDAR,
  clientOf,
  connectGoogle,
  DRIVE,
  type GoogleApp,
  newConnected,
  refreshNow,
  stateOf,
  storedOf,
} from "../support/google_credentials.ts";
import { codeOf } from "../support/modal_flows.ts";
import { subscribe } from "../support/live.ts";
import { newPerson } from "../support/people.ts";

const WATCH = "subscription { tokenHealth { previous current credential { id } } }";

/** The healths in the events of this credential. */
async function healthsOf(app: GoogleApp, id: string): Promise<string[]> {
  const events = await eventsOf(app, await app.operator("READ"), id);
  return events.filter(({ type }) => type === "credential.health_changed")
    .map(({ data }) => (data as { current: string }).current);
}

/** Waits for the scheduled refresh number `calls`, and returns the credential. */
async function refreshed(app: GoogleApp, id: string, calls: number) {
  await eventually(
    "it was refreshed",
    async () => app.google.calls.refreshes === calls && (await storedOf(app, id)).claimedUntil === null,
  );
  return await storedOf(app, id);
}

onEachDatabase("a token is refreshed before 80 % of its lifetime and stays HEALTHY", async (database) => {
  await using app = await startGoogleApp({ database });
  const { credential } = await newConnected(app);
  const { refreshAt, issuedAt, expiresAt } = credential;
  assert(refreshAt && issuedAt && expiresAt);
  const part = (refreshAt.getTime() - issuedAt.getTime()) / (expiresAt.getTime() - issuedAt.getTime());
  assert(part >= 0.699 && part <= 0.801, `at ${part} of its life`);
  for (const turn of [1, 2, 3]) {
    app.clock.advance(0.8 * 3600);
    const stored = await refreshed(app, credential.id, turn);
    assert(stored.expiresAt! > app.clock.now());
    assert.equal(stored.lastFailure, null);
  }
  assert(!(await healthsOf(app, credential.id)).includes("EXPIRED"));
  const types = (await eventsOf(app, await app.operator(), credential.id)).map(({ type }) => type);
  assert.equal(types.filter((type) => type === "credential.refreshed").length, 3);
});

onEachDatabase("while Google is down, refreshes back off; after expiry UNKNOWN", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  app.google.switches.faults = [serverError("token", 1_000)];
  app.clock.advance(0.8 * 3600);
  const client = await clientOf(app, person);
  const failing = await eventually("it failed", async () => {
    const stored = await storedOf(app, credential.id);
    return stored.refreshFailures > 0 && stored;
  });
  assert.match(failing.lastFailure ?? "", /Google answers 500/);
  assert(failing.refreshAt! > app.clock.now(), "the next try is delayed");
  const tried = app.google.calls.refreshes;
  assert.equal(await accessToken(client), credential.accessToken, "the token is still valid");
  assert.equal(app.google.calls.refreshes, tried, "and is used without a call to Google");
  app.clock.advance(0.2 * 3600);
  const over = await clientOf(app, person);
  await eventually("it is UNKNOWN", async () => (await stateOf(over, credential.id)).health === "UNKNOWN");
  const refused = await access(over);
  assert(refused.__typename === "RefreshFailedError", JSON.stringify(refused));
  assert.equal(refused.code, "PROVIDER_UNAVAILABLE");
  assert((refused.retryAfterSeconds ?? 0) > 0);
  app.google.switches.faults = [];
  app.clock.advance(61);
  await eventually("it is back", async () => (await stateOf(over, credential.id)).health === "HEALTHY");
  assert.equal((await stateOf(over, credential.id)).lastFailure, null);
  const types = (await eventsOf(app, over, credential.id)).map(({ type }) => type);
  assert.equal(
    types.filter((type) => type === "credential.refresh_failed").length,
    1,
    "one event per outage",
  );
  const healths = await healthsOf(app, credential.id);
  assert.deepEqual([healths.includes("UNKNOWN"), healths.at(-1)], [true, "HEALTHY"]);
});

onEachDatabase("only the owner and operators get a change of health", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  await eventually(
    "the first health is logged",
    async () => (await healthsOf(app, credential.id)).at(-1) === "HEALTHY",
  );
  const stranger = await newPerson(app);
  const tokens = [person.accessToken, await app.operatorToken("READ"), stranger.accessToken];
  const [owner, operator, other] = await Promise.all(
    tokens.map((token) => subscribe(app.fetch, WATCH, { token })),
  );
  await eventually("all are subscribed", () => app.services.subscriptions.size === 3);
  app.google.switches.faults = [invalidGrant(1)];
  assert.equal(
    codeOf(await refreshNow(await clientOf(app, person), credential.id)),
    "REAUTHORIZATION_REQUIRED",
  );
  const change = {
    tokenHealth: {
      previous: "HEALTHY",
      current: "REAUTHORIZATION_REQUIRED",
      credential: { id: credential.id },
    },
  };
  for (const live of [owner, operator]) {
    assert.deepEqual(await within("the change", live!.value()), change);
  }
  const theirs = await connectGoogle(app, stranger.id, { email: "other@gmail.test" });
  const received = await other!.value() as typeof change;
  assert.equal(received.tokenHealth.credential.id, theirs.id);
  for (const live of [owner, operator, other]) await live!.leave();
});

type Bad = {
  switches?: Partial<GoogleSwitches>;
  faults?: GoogleFault[];
  code: string;
  says: RegExp;
  health: string;
};

const BAD: Record<string, Bad> = {
  "a lifetime of zero": {
    switches: { tokenAnswer: { expires_in: 0 } },
    code: "PROVIDER_UNAVAILABLE",
    says: /the response is not Google's/,
    health: "UNKNOWN",
  },
  "not JSON": {
    faults: [{ endpoint: "token", kind: "garbled", body: "<html>", times: 1_000 }],
    code: "PROVIDER_UNAVAILABLE",
    says: /the response is not Google's/,
    health: "UNKNOWN",
  },
  "500": {
    faults: [serverError("token", 1_000)],
    code: "PROVIDER_UNAVAILABLE",
    says: /answers 500/,
    health: "UNKNOWN",
  },
  "a dropped connection": {
    faults: [dropped("token", 1_000)],
    code: "PROVIDER_UNAVAILABLE",
    says: /cannot be reached/,
    health: "UNKNOWN",
  },
  "invalid_client": {
    faults: [{ endpoint: "token", kind: "answer", status: 401, body: { error: "invalid_client" } }],
    code: "PROVIDER_UNAVAILABLE",
    says: /invalid_client/,
    health: "UNKNOWN",
  },
  "invalid_grant": {
    faults: [invalidGrant(1_000)],
    code: "REAUTHORIZATION_REQUIRED",
    says: /no longer accepts the grant/,
    health: "REAUTHORIZATION_REQUIRED",
  },
};

onEachDatabase("an invalid answer from Google to a refresh changes no tokens", async (database) => {
  await using app = await startGoogleApp({ database });
  for (const [what, bad] of Object.entries(BAD)) {
    const connected = await newConnected(app, { email: `${newId()}@gmail.test` });
    const client = await refusesRefresh(app, connected, what, bad);
    Object.assign(app.google.switches, { tokenAnswer: {}, faults: [] });
    await revoke(client, connected.credential.id);
  }
});

onEachDatabase("a refresh that Google does not answer in time changes no tokens", async (database) => {
  // The short deadline is for this test alone: on a busy machine other answers would miss it too.
  await using app = await startGoogleApp({ database, googleSeconds: 0.5 });
  await refusesRefresh(app, await newConnected(app), "nothing", {
    faults: [silent("token", 1_000)],
    code: "PROVIDER_UNAVAILABLE",
    says: /did not answer in time/,
    health: "UNKNOWN",
  });
});

/** Checks that a refresh fails as `bad` says, before and after the tokens expire, and stores no tokens. */
async function refusesRefresh(
  app: GoogleApp,
  { person, credential }: Awaited<ReturnType<typeof newConnected>>,
  what: string,
  { switches = {}, faults = [], code, says, health }: Bad,
): Promise<Client> {
  Object.assign(app.google.switches, { tokenAnswer: {}, faults: [...faults], ...switches });
  const client = await clientOf(app, person);
  assert.equal(codeOf(await refreshNow(client, credential.id)), code, what);
  const { envelope } = await storedOf(app, credential.id);
  assert.deepEqual(envelope, credential.envelope, what);
  app.clock.advance(3600);
  const later = await clientOf(app, person);
  const used = await access(later);
  assert.equal(codeOf(used), code, what);
  const state = await stateOf(later, credential.id);
  assert.equal(state.health, health, what);
  assert.match(state.lastFailure ?? "", says, `${what}: ${state.lastFailure}`);
  assert.equal(state.authorizationUrl !== null, health === "REAUTHORIZATION_REQUIRED", what);
  return later;
}

function newId(): string {
  return crypto.randomUUID().slice(0, 8);
}

onEachDatabase("a refresh for one year with fewer scopes is accepted", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app, { scopes: ["openid", CALENDAR, DRIVE] });
  app.google.switches.tokenAnswer = { expires_in: 365 * 24 * 3600, scope: `openid ${DRIVE}` };
  const client = await clientOf(app, person);
  assert.equal((await refreshNow(client, credential.id)).__typename, "CredentialChanged");
  const { scopes, hasRefreshToken, health, expiresAt } = await stateOf(client, credential.id);
  assert.deepEqual({ scopes, hasRefreshToken, health }, {
    scopes: ["openid", DRIVE],
    hasRefreshToken: true,
    health: "HEALTHY",
  });
  assert(new Date(expiresAt!).getTime() - app.clock.now().getTime() > 364 * 24 * 3600 * 1000);
  assert.equal(codeOf(await access(client, [CALENDAR])), "REAUTHORIZATION_REQUIRED");
  const revealed = await reveal(client, credential.id);
  assert(revealed.__typename === "RevealedCredential");
  assert.equal((revealed.secret as { refreshToken: string }).refreshToken, credential.refreshToken);
  const before = app.google.calls.refreshes;
  assert.equal((await refreshNow(client, credential.id)).__typename, "CredentialChanged");
  assert.equal(app.google.calls.refreshes, before, "there is no second call within ten seconds");
});

onEachDatabase("a lost answer costs one try and loses no token", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  app.google.switches.faults = [dropped("token", 1, true)];
  const client = await clientOf(app, person);
  assert.equal(codeOf(await refreshNow(client, credential.id)), "PROVIDER_UNAVAILABLE");
  app.clock.advance(6);
  assert.equal((await refreshNow(client, credential.id)).__typename, "CredentialChanged");
  assert.notEqual(await accessToken(client), credential.accessToken);
});

onPostgres("another instance refreshes after one crashed with Google's answer", async (database) => {
  await using app = await startGoogleApp({ database });
  const { credential } = await newConnected(app);
  const dying = await database.open();
  const refresher = createRefresher({ ...app.services, db: dying.db }, {
    GOOGLE: googleTokens(app.services.google),
  });
  app.google.switches.delayMs = 300;
  const lost = assert.rejects(refresher.refresh(await storedOf(app, credential.id), SYSTEM));
  await eventually("Google is asked", () => app.google.calls.refreshesUnderWay === 1);
  await dying.close();
  await lost;
  app.google.switches.delayMs = 0;
  const claimed = await storedOf(app, credential.id);
  assert(claimed.claimedUntil !== null && claimed.lastRefreshedAt === null, "nothing was stored");
  app.clock.advance(21);
  const stored = await refreshed(app, credential.id, 2);
  assert(stored.lastRefreshedAt !== null);
  assert.equal(stored.refreshFailures, 0);
});

onEachDatabase("tokens of a new consent during a refresh are kept", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const client = await clientOf(app, person);
  app.google.switches.delayMs = 300;
  const refreshing = refreshNow(client, credential.id);
  await eventually("Google is asked", () => app.google.calls.refreshesUnderWay === 1);
  const again = await connectGoogle(app, person.id);
  assert.equal((await refreshing).__typename, "CredentialChanged");
  assert.equal(await accessToken(client), again.accessToken);
});

onEachDatabase("only the owner and OPERATE may refresh", async (database) => {
  await using app = await startGoogleApp({ database });
  const { credential } = await newConnected(app);
  assert.equal(codeOf(await refreshNow(app.client(), credential.id)), "UNAUTHENTICATED");
  assert.equal(codeOf(await refreshNow(await app.operator("READ"), credential.id)), "FORBIDDEN");
  const stranger = await clientOf(app, await newPerson(app));
  assert.equal(codeOf(await refreshNow(stranger, credential.id)), "CREDENTIAL_NOT_FOUND");
  const operator = await app.operator("OPERATE");
  assert.equal((await refreshNow(operator, credential.id)).__typename, "CredentialChanged");
  const modal = await newCredential(app, operator);
  assert.equal(codeOf(await refreshNow(operator, modal.id)), "REAUTHORIZATION_REQUIRED");
  await revoke(operator, credential.id);
  assert.equal(codeOf(await refreshNow(operator, credential.id)), "REAUTHORIZATION_REQUIRED");
});

onEachDatabase("revoking revokes the grant at Google, or reports that it failed", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const client = await clientOf(app, person);
  const done = await revoke(client, credential.id);
  assert(done.__typename === "CredentialChanged");
  assert.deepEqual([done.credential.health, done.credential.lastFailure], ["REVOKED", null]);
  assert.equal(app.google.calls.revocations, 1);
  assert.deepEqual(await revoke(client, credential.id), done);
  assert.equal(app.google.calls.revocations, 1, "twice changes nothing");
  assert.equal(codeOf(await access(client)), "REAUTHORIZATION_REQUIRED");
  const other = await connectGoogle(app, person.id);
  assert.notEqual(other.id, credential.id);
  app.google.switches.faults = [serverError("revocation", 1)];
  const here = await revoke(client, other.id);
  assert(here.__typename === "CredentialChanged");
  assert.equal(here.credential.health, "REVOKED");
  assert.match(here.credential.lastFailure ?? "", /^Revoked here only.*Google answers 500/);
  const [first, second] = (await eventsOf(app, client, credential.id)).concat(
    await eventsOf(app, client, other.id),
  ).filter(({ type }) => type === "credential.revoked");
  assert.deepEqual([first?.data, second?.data].map((data) => (data as { atProvider: boolean }).atProvider), [
    true,
    false,
  ]);
});
