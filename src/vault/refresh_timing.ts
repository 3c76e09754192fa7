import { sha256 } from "../lib/crypto.ts";
import { backOffMs } from "../lib/sleep.ts";
import { expiringFrom, LAST_PART_OF_LIFE } from "./health.ts";

/** Refreshes are spread over this part of the lifetime, so that tokens issued together are not refreshed together. */
const SPREAD = 0.1;

/** The lifetime of a token. */
export type Life = { issuedAt: Date; expiresAt: Date };

/**
 * Returns when to refresh a token: within the tenth of its lifetime that ends at 80 %, or when the token becomes
 * EXPIRING if that is earlier. The credential's id alone determines the time within that tenth, so it stays the same.
 */
export function refreshTime(credentialId: string, life: Life, horizonSeconds: number): Date {
  const begin = life.issuedAt.getTime();
  const length = life.expiresAt.getTime() - begin;
  const last = Math.min(begin + length * LAST_PART_OF_LIFE, expiringFrom(life, horizonSeconds));
  const [chance = 0] = sha256(credentialId);
  return new Date(last - length * SPREAD * (chance / 0xff));
}

/** Least time between two refreshes of a credential, unless its tokens are needed and have expired. */
export const LEAST_SECONDS_BETWEEN = 10;

/** Returns when to refresh a token again after a refresh at `issuedAt`, at least `LEAST_SECONDS_BETWEEN` later. */
export function nextRefreshTime(credentialId: string, life: Life, horizonSeconds: number): Date {
  const earliest = life.issuedAt.getTime() + LEAST_SECONDS_BETWEEN * 1000;
  return new Date(Math.max(earliest, refreshTime(credentialId, life, horizonSeconds).getTime()));
}

const FIRST_PAUSE_MS = 5_000;
/** Limits the delay between the end of an outage and the next attempt. */
const MOST_PAUSE_MS = 60_000;

/** Returns when to try again after attempt number `failures` (from 1) failed without a refusal. */
export function retryTime(failures: number, now: Date): Date {
  return new Date(now.getTime() + backOffMs(failures, FIRST_PAUSE_MS, MOST_PAUSE_MS));
}

/** The horizon: a credential that expires within it can be EXPIRING; see `healthOf`. */
export type HasRefreshHorizon = { refreshHorizonSeconds: number };
