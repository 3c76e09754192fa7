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
import { type Credential, CredentialNotFound, noteCredential } from "./vault.ts";
import { contextOf, openCredential } from "./open_credential.ts";
import { claimRefresh } from "./due_store.ts";
import { findCredential, lockCredential } from "./vault_store.ts";

/** The provider's answer to a successful refresh. */
export type RefreshedTokens = {
  /** The new secret, including the refresh token for the next time. */
  secret: Secret<unknown>;
  expiresAt: Date;
  /** Undefined if unchanged. */
  scopes: string[] | undefined;
};

/** A provider whose tokens can be refreshed. */
export type TokenProvider = {
  readonly configured: boolean;
  /**
   * Gets new tokens for the opened `secret`, within ten seconds. Throws an `AuthError`: code `REAUTHORIZATION_REQUIRED`
   * if the provider refuses the tokens permanently, and any other code if the failure may be temporary.
   */
  refresh(secret: Secret<unknown>): Promise<RefreshedTokens>;
};

/** Refreshes credentials with one call to the provider, even if several callers or instances ask at the same time. */
export type Refresher = {
  /** The ids of the configured providers whose tokens can be refreshed. */
  readonly providers: readonly string[];
  /** The number of running refreshes. */
  readonly underWay: number;
  /**
   * Refreshes `credential`, given as the caller has read it, or waits for a refresh that is already running. Returns it
   * with new tokens, refused, or with one more failure. Throws `CredentialNotFound` if it was revoked or deleted in the
   * meantime.
   */
  refresh(credential: Credential, origin: Origin): Promise<Credential>;
  /** Like `refresh`, for work without a waiting caller. Does not wait for a refresh by another instance. */
  refreshInBackground(credential: Credential): Promise<void>;
  /** Starts no more refreshes and waits up to `seconds` for running ones. Does not record later failures. */
  close(seconds: number): Promise<void>;
};

/** Concurrent refreshes per instance. */
const MOST_AT_ONCE = 20;

/** Concurrent background refreshes. The rest of `MOST_AT_ONCE` is reserved for callers that wait. */
const IN_BACKGROUND = 16;

/**
 * Longer than a refresh can take. If an instance crashes, another one can claim the refresh after this time. The new
 * tokens are lost, but the old refresh token still works.
 */
const CLAIM_SECONDS = 20;

/** How often to check whether another instance has finished the refresh. */
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

  /** Returns undefined if another instance is refreshing the credential, or has done so since it was read. */
  async function refreshIfClaimed(seen: Credential, origin: Origin): Promise<Credential | undefined> {
    closing.signal.throwIfAborted();
    const until = new Date(services.now().getTime() + CLAIM_SECONDS * 1000);
    const claimed = await claimRefresh(services.db, seen, services.now(), until);
    if (!claimed) return undefined;
    const provider = providers[claimed.provider];
    if (!provider) throw new TypeError(`Cannot refresh tokens of ${claimed.provider}`);
    const outcome = await ask(services, provider, claimed);
    // The failure may be caused by our shutdown, so it is not recorded. The next claim tries again.
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

  /** Runs one refresh per credential in this process. Concurrent callers share its result. */
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
        // Undefined comes from a background refresh that found another instance's claim: try again.
        if (refreshed) return refreshed;
      }
    },
    async refreshInBackground(credential) {
      const refresh = () => limit(() => refreshIfClaimed(credential, SYSTEM));
      try {
        await limitInBackground(() => shared(credential.id, refresh));
      } catch (error) {
        // The credential was revoked or deleted in the meantime.
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

/** Whether the credential was refreshed, refused, or failed to refresh since it was read as `seen`. */
function isSettled(seen: Credential, current: Credential): boolean {
  return current.refused || !current.hasRefreshToken ||
    current.issuedAt?.getTime() !== seen.issuedAt?.getTime() ||
    current.refreshFailures !== seen.refreshFailures;
}

/** The new tokens, or the error: `refused` is permanent, `failed` may be temporary. */
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

/** Stores the outcome of a refresh, unless its claim is no longer the current one: then the stored state is newer. */
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
  // One event per credential and outage; `credential.refreshed` reports its end.
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

/** Services that refresh credentials. */
export type HasRefresher = { refresher: Refresher };
