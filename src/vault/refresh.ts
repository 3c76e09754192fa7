import pLimit from "p-limit";
import { AuthError } from "../lib/errors.ts";
import { type Origin, recordEvent, SYSTEM } from "../events/events.ts";
import type { Secret } from "../lib/secret.ts";
import { type HasEventLog, inTransaction, type Tx } from "../events/transaction.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { HasClock } from "../lib/clock.ts";
import { sleep } from "../lib/sleep.ts";
import { sealSecret } from "./envelope.ts";
import { type HasRefreshHorizon, nextRefreshTime, retryTime } from "./refresh_timing.ts";
import { contextOf, type Credential, CredentialNotFound, noteCredential, openCredential } from "./vault.ts";
import { claimRefresh, findCredential, lockCredential } from "./vault_store.ts";

/** What a provider gave in exchange. */
export type RefreshedTokens = {
  /** With what refreshes it the next time. */
  secret: Secret<unknown>;
  expiresAt: Date;
  /** Undefined when they are what they were. */
  scopes: string[] | undefined;
};

/** A provider whose tokens can be refreshed. */
export type TokenProvider = {
  readonly configured: boolean;
  /**
   * New tokens for those that are sealed. Throws an `AuthError`: `REAUTHORIZATION_REQUIRED` when the provider refuses
   * for good; any other says nothing about the tokens. Ends within ten seconds.
   */
  refresh(secret: Secret<unknown>): Promise<RefreshedTokens>;
};

/** Refreshes credentials: one call to the provider, however many ask, on however many instances. */
export type Refresher = {
  /** Whose tokens can be refreshed here. */
  readonly providers: readonly string[];
  /** Refreshes under way. */
  readonly underWay: number;
  /**
   * Refreshes a credential as the caller has read it, or waits for whoever is at it, and gives it as it is then: with
   * new tokens, refused, or with one failure more. Throws `CredentialNotFound` when it was revoked or deleted
   * meanwhile.
   */
  refresh(credential: Credential, origin: Origin): Promise<Credential>;
  /** The same for work that nobody waits for; what another instance is at is left to it. */
  refreshInBackground(credential: Credential): Promise<void>;
  /** Begins no more, and lets those under way finish, for `seconds`. What fails later leaves no trace but its claim. */
  close(seconds: number): Promise<void>;
};

/** Refreshes under way in one instance. */
const MOST_AT_ONCE = 20;

/** Of them, those that nobody waits for: the others are for people. */
const IN_BACKGROUND = 16;

/**
 * Longer than a refresh can take. The claim of an instance that died is taken over then; what it was given is lost, and
 * the refresh token that it had still works.
 */
const CLAIM_SECONDS = 20;

/** How often to look whether another instance has done it. */
const LOOK_MS = 100;

type RefreshServices = HasClock & HasEventLog & HasKeys & HasRefreshHorizon & HasMetrics;

export function createRefresher(
  services: RefreshServices,
  providers: Readonly<Record<string, TokenProvider | undefined>>,
): Refresher {
  const limit = pLimit(MOST_AT_ONCE);
  const limitInBackground = pLimit(IN_BACKGROUND);
  const underWay = new Map<string, Promise<Credential | undefined>>();
  const closing = new AbortController();

  /** Undefined when another instance is at it, or was, since the credential was read. */
  async function refreshIfClaimed(seen: Credential, origin: Origin): Promise<Credential | undefined> {
    closing.signal.throwIfAborted();
    const until = new Date(services.now().getTime() + CLAIM_SECONDS * 1000);
    const claimed = await claimRefresh(services.db, seen, services.now(), until);
    if (!claimed) return undefined;
    const provider = providers[claimed.provider];
    if (!provider) throw new TypeError(`There is no way to refresh tokens of ${claimed.provider}`);
    const outcome = await ask(services, provider, claimed);
    // It may have failed because we close; whoever has the next claim will know.
    if ("failed" in outcome) closing.signal.throwIfAborted();
    return await inTransaction(services, (tx) => noteOutcome(tx, origin, claimed, outcome));
  }

  async function refreshOrWait(seen: Credential, origin: Origin): Promise<Credential> {
    while (true) {
      const refreshed = await limit(() => refreshIfClaimed(seen, origin));
      if (refreshed) return refreshed;
      const current = await findCredential(services.db, seen.id);
      if (!current || current.revokedAt) throw new CredentialNotFound();
      if (isSettled(seen, current)) return current;
      await sleep(LOOK_MS, closing.signal);
      closing.signal.throwIfAborted();
    }
  }

  /** One at a time in this process; whoever comes meanwhile gets the same. */
  function shared(id: string, work: () => Promise<Credential | undefined>): Promise<Credential | undefined> {
    const running = underWay.get(id);
    if (running) return running;
    const started = work().finally(() => underWay.delete(id));
    underWay.set(id, started);
    return started;
  }

  return {
    get providers() {
      return Object.keys(providers).filter((name) => providers[name]?.configured);
    },
    get underWay() {
      return limit.activeCount;
    },
    async refresh(credential, origin) {
      while (true) {
        const refreshed = await shared(credential.id, () => refreshOrWait(credential, origin));
        // It may have been one in the background, which left it to another instance.
        if (refreshed) return refreshed;
      }
    },
    async refreshInBackground(credential) {
      const refresh = () => limit(() => refreshIfClaimed(credential, SYSTEM));
      try {
        await limitInBackground(() => shared(credential.id, refresh));
      } catch (error) {
        // Revoked or deleted meanwhile.
        if (!(error instanceof CredentialNotFound)) throw error;
      }
    },
    async close(seconds) {
      closing.abort();
      const ended = new AbortController();
      const all = Promise.allSettled(underWay.values()).then(() => ended.abort());
      await Promise.race([all, sleep(seconds * 1000, ended.signal)]);
    },
  };
}

/** Whether somebody has refreshed it since it was `seen`, or tried to. */
function isSettled(seen: Credential, current: Credential): boolean {
  return current.refused || !current.hasRefreshToken ||
    current.issuedAt?.getTime() !== seen.issuedAt?.getTime() ||
    current.refreshFailures !== seen.refreshFailures;
}

/** New tokens, or why there are none: `refused` for good, or `failed` for now. */
type Outcome = RefreshedTokens | { refused: AuthError } | { failed: AuthError };

async function ask(
  { keys }: HasKeys,
  provider: TokenProvider,
  credential: Credential,
): Promise<Outcome> {
  try {
    const secret = openCredential(keys, credential);
    return await provider.refresh(secret).catch((error) => {
      if (error instanceof AuthError && error.code === "REAUTHORIZATION_REQUIRED") return { refused: error };
      throw error;
    });
  } catch (error) {
    if (error instanceof AuthError) return { failed: error };
    throw error;
  }
}

/** Notes what became of a refresh, unless its claim was lost: then what is there is newer. */
async function noteOutcome(
  tx: Tx<RefreshServices>,
  origin: Origin,
  claimed: Credential,
  outcome: Outcome,
): Promise<Credential> {
  const credential = await lockCredential(tx.db, claimed.id);
  if (!credential || credential.revokedAt) throw new CredentialNotFound();
  if (credential.claimedUntil?.getTime() !== claimed.claimedUntil?.getTime()) return credential;
  if ("secret" in outcome) return await noteRefreshed(tx, origin, credential, outcome);
  const refused = "refused" in outcome;
  const { message } = refused ? outcome.refused : outcome.failed;
  const failures = credential.refreshFailures + 1;
  const subjects = { credentialId: credential.id, userId: credential.ownerId };
  // An outage is told once for each credential, and its end by `credential.refreshed`.
  if (refused || failures === 1) {
    const data = { provider: credential.provider, message, final: refused };
    recordEvent(tx, "credential.refresh_failed", origin, subjects, data);
  }
  tx.count("credentialRefreshFailures");
  const learned = refused
    ? { refused, refreshAt: null, lastCheckedAt: tx.now() }
    : { refreshFailures: failures, refreshAt: retryTime(failures, tx.now()) };
  return await noteCredential(
    tx,
    origin,
    credential,
    { ...learned, claimedUntil: null, lastFailure: message },
    message,
  );
}

async function noteRefreshed(
  tx: Tx<RefreshServices>,
  origin: Origin,
  credential: Credential,
  { secret, expiresAt, scopes }: RefreshedTokens,
): Promise<Credential> {
  const { id, ownerId, provider } = credential;
  const issuedAt = tx.now();
  const refreshed = await noteCredential(tx, origin, credential, {
    envelope: sealSecret(tx.keys, contextOf(credential), secret),
    scopes: scopes ?? credential.scopes,
    issuedAt,
    expiresAt,
    refreshAt: nextRefreshTime(id, { issuedAt, expiresAt }, tx.refreshHorizonSeconds),
    refreshFailures: 0,
    claimedUntil: null,
    lastCheckedAt: issuedAt,
    lastRefreshedAt: issuedAt,
    lastFailure: null,
  }, "refreshed");
  recordEvent(tx, "credential.refreshed", origin, { credentialId: id, userId: ownerId }, {
    provider,
    expiresAt: expiresAt.toISOString(),
  });
  tx.count("credentialRefreshes");
  return refreshed;
}

/** Refreshes credentials. */
export type HasRefresher = { refresher: Refresher };
