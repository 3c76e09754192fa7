import assert from "node:assert/strict";
import fc from "fast-check";
import { randomBytes } from "../../src/lib/crypto.ts";
import type { GoogleFault } from "../../src/emulators/google/switches.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { GoogleGrantRefused, GoogleUnreachable } from "../../src/providers/google/api/google_api.ts";
import { googleAuthStatusOf } from "../../src/providers/google/credential/google_auth_status.ts";
import {
  googleSecretOf,
  sealable,
  storeGoogleGrant,
} from "../../src/providers/google/credential/google_credential.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { Secret } from "../../src/lib/secret.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { healthOf, type Known } from "../../src/vault/health.ts";
import { createRefresher, type RefreshedTokens, type TokenProvider } from "../../src/vault/refresh.ts";
import { LEAST_SECONDS_BETWEEN, refreshTime } from "../../src/vault/refresh_timing.ts";
import { sweepVault } from "../../src/vault/sweep.ts";
import { findCredential } from "../../src/vault/vault.ts";
import { movableClock } from "../support/app.ts";
import { revoke } from "../support/credentials.ts";
import { onPglite, type TestDatabase } from "../support/databases.ts";
import { type Decision, startGoogleApp } from "../support/google.ts";
import {
  access,
  accessToken,
  CALENDAR,
  clientOf,
  connectGoogle,
  DRIVE,
  googleStatus,
} from "../support/google_credentials.ts";
import {
  ADA,
  connectBy,
  goTo,
  type Mode,
  newVisitor,
  readFlow,
  returnOf,
  start,
} from "../support/google_flows.ts";
import { newPerson, signedIn } from "../support/people.ts";
import { post } from "../support/wire.ts";

const RUNS = { numRuns: 100 };
const NOW = new Date("2026-11-21T12:00:00Z");
const HORIZON_SECONDS = 24 * 60 * 60;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The vault without a server, with a provider whose answers the test sets. */
async function startVault(database: TestDatabase) {
  const root = new Secret(randomBytes(32));
  const { db, close } = await database.open();
  const clock = movableClock();
  let answer: () => Promise<RefreshedTokens> = () => Promise.reject(new TypeError("Nothing to answer"));
  let asked = 0;
  const provider: TokenProvider = { configured: true, refresh: () => (asked++, answer()) };
  const base = {
    db,
    now: clock.now,
    wakeLog: () => {},
    keys: createKeyring(root),
    refreshHorizonSeconds: HORIZON_SECONDS,
    count: () => {},
  };
  const refresher = createRefresher(base, { GOOGLE: provider });
  return {
    ...base,
    refresher,
    clock,
    root,
    asked: () => asked,
    answers: (next: typeof answer) => answer = next,
    [Symbol.asyncDispose]: close,
  };
}

type Vault = Awaited<ReturnType<typeof startVault>>;

type Made = { accessToken: string; refreshToken: string | null; lifeSeconds: number };

const token = fc.string({ minLength: 1, maxLength: 200 });
const made: fc.Arbitrary<Made> = fc.record({
  accessToken: token,
  refreshToken: fc.option(token),
  lifeSeconds: fc.integer({ min: 1, max: YEAR_SECONDS }),
});

function tokensOf({ now }: Pick<Vault, "now">, { accessToken, refreshToken, lifeSeconds }: Made) {
  return {
    accessToken: new Secret(accessToken),
    ...(refreshToken !== null && { refreshToken: new Secret(refreshToken) }),
    expiresAt: new Date(now().getTime() + lifeSeconds * 1000),
  };
}

function store(vault: Vault, input: Made, subject: string = crypto.randomUUID()) {
  return inTransaction(vault, (tx) =>
    storeGoogleGrant(tx, SYSTEM, {
      ownerId: null,
      account: { subject, email: null },
      tokens: tokensOf(vault, input),
      scopes: [CALENDAR],
    }));
}

onPglite("Property 3: Token Persistence After Exchange", async (database) => {
  // Adapted: the token file is the vault, and a later session is a process with its own keyring.
  await using vault = await startVault(database);
  await fc.assert(
    fc.asyncProperty(made, made, async (exchanged, refreshed) => {
      const load = async (id: string) => {
        const stored = await findCredential(vault.db, id);
        assert(stored);
        return googleSecretOf(createKeyring(vault.root), stored);
      };
      const credential = await store(vault, exchanged);
      assert.deepEqual(await load(credential.id), {
        accessToken: exchanged.accessToken,
        refreshToken: exchanged.refreshToken,
        expiresAt: credential.expiresAt?.toISOString(),
      });
      if (exchanged.refreshToken === null) return;
      const tokens = tokensOf(vault, refreshed);
      vault.answers(() =>
        Promise.resolve({ ...tokens, secret: sealable(tokens, exchanged.refreshToken), scopes: undefined })
      );
      await vault.refresher.refresh(credential, SYSTEM);
      assert.deepEqual(await load(credential.id), {
        accessToken: refreshed.accessToken,
        refreshToken: refreshed.refreshToken ?? exchanged.refreshToken,
        expiresAt: tokens.expiresAt.toISOString(),
      });
    }),
    RUNS,
  );
});

/** The earliest and the latest refresh time of a token with this lifetime, in seconds after its issue. */
function refreshedWithin(life: number, horizon: number): [number, number] {
  const isLong = life > horizon;
  const last = isLong ? Math.min(life * 0.8, Math.max(life - horizon, life / 2)) : life * 0.8;
  return [last - life * 0.1, last];
}

Deno.test("Property 5: Proactive Token Refresh", () => {
  // Adapted: Google's tokens live one hour, so "within 24 hours" is limited to the last fifth of the lifetime. Tokens
  // issued together are not refreshed together.
  const tenths = new Set<number>();
  const ids = fc.stringMatching(/^crd_[0-9a-z]{26}$/);
  const lives = fc.integer({ min: 1, max: YEAR_SECONDS });
  fc.assert(
    fc.property(ids, lives, fc.integer({ min: 1 }), (id, life, horizon) => {
      const expiresAt = new Date(NOW.getTime() + life * 1000);
      const at = refreshTime(id, { issuedAt: NOW, expiresAt }, horizon);
      assert(at < expiresAt);
      const [first, last] = refreshedWithin(life, horizon);
      const seconds = (at.getTime() - NOW.getTime()) / 1000;
      assert(seconds >= first - 0.001 && seconds <= last + 0.001, `at ${seconds} s of ${life} s`);
      tenths.add(Math.floor(10 * (seconds - first) / (last - first)));
      const known: Known = {
        revokedAt: null,
        refused: false,
        issuedAt: NOW,
        expiresAt,
        hasRefreshToken: true,
        refreshFailures: 0,
        lastCheckedAt: NOW,
      };
      const before = new Date(at.getTime() - 1);
      assert.equal(healthOf(known, before, horizon), "HEALTHY", "it is refreshed before it is EXPIRING");
    }),
    { numRuns: 1_000 },
  );
  for (let tenth = 0; tenth < 10; tenth++) assert(tenths.has(tenth), `none in part ${tenth} of ten`);
});

onPglite("Property 6: Refresh Failure Handling", async (database) => {
  // Adapted: user intervention is requested only if it helps. While Google is down, the health is UNKNOWN.
  await using vault = await startVault(database);
  const outcome = fc.constantFrom("refused", "unreachable");
  await fc.assert(
    fc.asyncProperty(
      made,
      fc.array(outcome, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (input, outcomes, over) => {
        const credential = await store(vault, { ...input, refreshToken: "1//x" });
        if (over) vault.clock.advance(input.lifeSeconds);
        let current = credential;
        for (const each of outcomes) {
          vault.answers(() =>
            Promise.reject(
              each === "refused"
                ? new GoogleGrantRefused("refresh the Google tokens")
                : new GoogleUnreachable("refresh the Google tokens", "Google cannot be reached"),
            )
          );
          current = await vault.refresher.refresh(current, SYSTEM);
          assert.deepEqual(current.envelope, credential.envelope, "the tokens are unchanged");
          assert(current.lastFailure);
          if (each === "refused") break;
        }
        const refused = outcomes.includes("refused");
        const status = googleAuthStatusOf(current, vault.now());
        assert.equal(status.needsReauth, refused);
        assert.equal(status.tokenValid, !refused && !over);
        const health = healthOf(current, vault.now(), HORIZON_SECONDS);
        if (refused) assert.equal(health, "REAUTHORIZATION_REQUIRED");
        else if (over) assert.equal(health, "UNKNOWN");
        else assert.equal(health, "HEALTHY");
        assert.equal(current.claimedUntil, null, "the claim is released");
      },
    ),
    RUNS,
  );
});

/** The possible facts about a grant. None expires during the test. */
const grants = fc.record({
  revoked: fc.boolean(),
  refused: fc.boolean(),
  checked: fc.boolean(),
  hasRefreshToken: fc.boolean(),
  refreshFailures: fc.nat(3),
  secondsLeft: fc.oneof(
    fc.integer({ min: -YEAR_SECONDS, max: 0 }),
    fc.integer({ min: 60, max: YEAR_SECONDS }),
  ),
});

onPglite("Property 7: Status Response Completeness", async (database) => {
  // Adapted: the URL is our own page, and is present if the token is not valid now, even if it can be refreshed. Only
  // `needsReauth` says that the user must act.
  await using app = await startGoogleApp({ database });
  const [person, stranger] = [await newPerson(app), await newPerson(app)];
  const [client, without] = [await clientOf(app, person), await clientOf(app, stranger)];
  const { id } = await connectGoogle(app, person.id);
  const none = {
    configured: true,
    authenticated: false,
    tokenValid: false,
    expiresAt: null,
    expiresInHours: 0,
    needsReauth: true,
    authorizationUrl: "http://127.0.0.1:4000/connect/google",
  };
  assert.deepEqual(await googleStatus(without), none);
  await fc.assert(
    fc.asyncProperty(grants, async (grant) => {
      const now = app.clock.now();
      const expiresAt = new Date(now.getTime() + grant.secondsLeft * 1000);
      await app.services.db.updateTable("credentials").set({
        revoked_at: grant.revoked ? now : null,
        refused: grant.refused,
        last_checked_at: grant.checked ? now : null,
        has_refresh_token: grant.hasRefreshToken,
        refresh_failures: grant.refreshFailures,
        expires_at: expiresAt,
        // Prevents refreshes and announcements during the test.
        refresh_at: null,
        changes_at: null,
      }).where("id", "=", id).execute();
      const { expiresInHours, ...status } = await googleStatus(client);
      const isOver = grant.secondsLeft <= 0;
      const needsReauth = grant.revoked || grant.refused || (isOver && !grant.hasRefreshToken);
      const tokenValid = !needsReauth && !isOver && grant.checked;
      assert.deepEqual({ ...status, expiresInHours: 0 }, {
        ...none,
        authenticated: !needsReauth,
        tokenValid,
        needsReauth,
        expiresAt: needsReauth ? null : expiresAt.toISOString(),
        authorizationUrl: tokenValid ? null : none.authorizationUrl,
      });
      const left = needsReauth || isOver ? 0 : grant.secondsLeft / 3_600;
      assert(expiresInHours <= left && expiresInHours >= left - 0.01, `${expiresInHours} h of ${left}`);
    }),
    { numRuns: 300 },
  );
});

onPglite("Property 8: Authentication Error Responses", async (database) => {
  // Adapted: the answer is an AuthError. The URL is our own page, and is present if authorising again helps.
  await using app = await startGoogleApp({ database });
  const person = await newPerson(app);
  const client = await clientOf(app, person);
  const answers = fc.record({
    status: fc.integer({ min: 400, max: 599 }),
    body: fc.oneof(
      fc.constantFrom("invalid_grant", "invalid_client", "unauthorized_client", "x y").map((error) => ({
        error,
      })),
      fc.string(),
    ),
  });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const fault: GoogleFault = { endpoint: "token", kind: "answer", ...answer };
      app.google.switches.faults = [fault];
      await connectGoogle(app, person.id, { email: `${count++}@gmail.test`, lifeSeconds: 0 });
      const refusal = await access(client);
      assert("code" in refusal, JSON.stringify(refusal));
      assert(["REAUTHORIZATION_REQUIRED", "PROVIDER_UNAVAILABLE"].includes(refusal.code), refusal.code);
      assert(refusal.message.length > 10 && refusal.actionRequired);
      const again = refusal.code === "REAUTHORIZATION_REQUIRED";
      assert.equal(/\/connect\/google$/.test(refusal.authorizationUrl ?? ""), again);
      assert.equal((refusal.retryAfterSeconds ?? 0) > 0, !again);
      const isGone = typeof answer.body === "object" && answer.body.error === "invalid_grant";
      if (again) assert(isGone && answer.status < 500, JSON.stringify(answer));
    }),
    RUNS,
  );
});

onPglite("Property 9: Unauthenticated Request Rejection", async (database) => {
  // Adapted: the request is for access to Google. Without usable tokens it is rejected without a call to Google.
  await using app = await startGoogleApp({ database });
  const states = fc.constantFrom("none", "revoked", "refused", "over", "scopes");
  const scopes = fc.uniqueArray(fc.constantFrom(DRIVE, "openid", "email"), { maxLength: 3 });
  const people = await Promise.all(Array.from({ length: 5 }, () => newPerson(app)));
  const clients = await Promise.all(people.map((person) => clientOf(app, person)));
  let count = 0;
  await fc.assert(
    fc.asyncProperty(states, scopes, fc.nat(4), async (state, wanted, index) => {
      const [person, client] = [people[index]!, clients[index]!];
      await app.services.db.deleteFrom("credentials").where("owner_id", "=", person.id).execute();
      if (state !== "none") {
        const { id } = await connectGoogle(app, person.id, {
          email: `${count++}@gmail.test`,
          scopes: ["openid", "email", DRIVE],
          withoutRefreshToken: state === "over",
          lifeSeconds: state === "over" ? 0 : 3_000,
        });
        if (state === "revoked") await revoke(client, id);
        if (state === "refused") {
          await app.services.db.updateTable("credentials").set({ refused: true }).where("id", "=", id)
            .execute();
        }
      }
      const before = { ...app.google.calls };
      const answer = await access(client, state === "scopes" ? [...wanted, CALENDAR] : wanted);
      assert.equal("code" in answer && answer.code, "REAUTHORIZATION_REQUIRED", state);
      assert("authorizationUrl" in answer && answer.authorizationUrl && answer.actionRequired);
      assert.deepEqual({ ...app.google.calls }, before, "Google was called");
    }),
    RUNS,
  );
});

onPglite("Property 13: Background Refresh Trigger", async (database) => {
  // Adapted: the monitor is the sweep, and its horizon is limited by the lifetime: a token is not refreshed while most
  // of its lifetime is left.
  await using vault = await startVault(database);
  const sweep = () => sweepVault(vault, []);
  // The horizon affects tokens that live up to five times as long.
  const lives = fc.integer({ min: 1, max: 5 * HORIZON_SECONDS });
  const percents = fc.array(fc.nat(150), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(made, lives, lives, percents, async (input, life, next, percents) => {
      const { id } = await store(vault, { ...input, lifeSeconds: life, refreshToken: "1//x" });
      vault.answers(() => {
        const tokens = tokensOf(vault, { ...input, lifeSeconds: next });
        return Promise.resolve({ ...tokens, secret: sealable(tokens, "1//x"), scopes: undefined });
      });
      for (const percent of percents) {
        const { issuedAt, expiresAt, lastRefreshedAt } = (await findCredential(vault.db, id))!;
        assert(issuedAt && expiresAt);
        const age = () => (vault.now().getTime() - issuedAt.getTime()) / 1000;
        const lasts = (expiresAt.getTime() - issuedAt.getTime()) / 1000;
        const least = lastRefreshedAt ? LEAST_SECONDS_BETWEEN : 0;
        const [first, last] = refreshedWithin(lasts, HORIZON_SECONDS).map((at) => Math.max(at, least));
        vault.clock.advance(lasts * percent / 100);
        const [asked, before] = [vault.asked(), age()];
        await sweep();
        const times = vault.asked() - asked;
        if (before >= last!) assert.equal(times, 1, `at ${before} s of ${lasts} s`);
        if (age() < first!) assert.equal(times, 0, `at ${before} s of ${lasts} s`);
        const stored = await findCredential(vault.db, id);
        assert.equal(stored?.lastRefreshedAt?.getTime() !== lastRefreshedAt?.getTime(), times === 1);
        if (times === 1) assert.equal(stored?.health, "HEALTHY");
      }
      await vault.db.deleteFrom("credentials").execute();
    }),
    RUNS,
  );
});

onPglite("Property 15: Cross-Mode Token Reuse", async (database) => {
  // Adapted: WEB is a browser with a cookie that returns to the server. CLI is a process with a token that passes on
  // the return. Both use one vault, and the last stored tokens are used.
  const env = { LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR: "1000" };
  await using app = await startGoogleApp({ database, env });
  const visitor = await newVisitor(app);
  const { accessToken: token } = await signedIn(app, visitor.username);
  const client = app.client(token);
  const scopes = ["openid", "email", DRIVE];
  const connect = {
    WEB: async (decision: Decision) => {
      const started = await start(visitor, {}, { scopes });
      const response = await goTo(visitor, await returnOf(started, decision));
      assert.equal(response.status, 200, await response.text());
      return await readFlow(visitor, started.flow.id, {});
    },
    CLI: (decision: Decision) => connectBy(app, { token }, "CLI", decision, { scopes }),
  };
  const modes = fc.array(fc.constantFrom<Mode>("WEB", "CLI"), { minLength: 2, maxLength: 3 });
  const used = new Set<string>();
  await fc.assert(
    fc.asyncProperty(modes, async (order) => {
      const ids = new Set<string>();
      for (const mode of order) {
        const { mode: seen, credential } = await connect[mode](ADA);
        assert.equal(seen, mode);
        assert(credential?.hasRefreshToken);
        ids.add(credential.id);
        const token = await accessToken(client, [DRIVE]);
        assert(!used.has(token), "the last stored token is used");
        used.add(token);
        const { data } = await post(visitor, `mutation { googleAccess(scopes: ["${DRIVE}"]) { ${ACCESS} } }`);
        assert.deepEqual(data?.["googleAccess"], { accessToken: token }, "in both modes");
      }
      assert.equal(ids.size, 1, "an account is one credential in every mode");
      await app.services.db.deleteFrom("credentials").execute();
    }),
    RUNS,
  );
});

const ACCESS = "... on GoogleAccess { accessToken } ... on AuthError { code }";
