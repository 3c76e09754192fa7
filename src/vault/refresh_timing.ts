import { sha256 } from "../lib/crypto.ts";
import { backOffMs } from "../lib/sleep.ts";
import { expiringFrom, LAST_PART_OF_LIFE } from "./health.ts";

/**
 * So much of its life before the last moment, tokens begin to be refreshed: those issued together are not all at
 * once.
 */
const SPREAD = 0.1;

/** A token's life. */
export type Life = { issuedAt: Date; expiresAt: Date };

/**
 * When a token is refreshed: in the tenth of its life before it has lived 80 %, or before it is EXPIRING if that is
 * earlier. Where in that tenth depends on the credential's id alone, so that each goes on having its own moment.
 */
export function refreshTime(credentialId: string, life: Life, horizonSeconds: number): Date {
  const begin = life.issuedAt.getTime();
  const length = life.expiresAt.getTime() - begin;
  const last = Math.min(begin + length * LAST_PART_OF_LIFE, expiringFrom(life, horizonSeconds));
  const [chance = 0] = sha256(credentialId);
  return new Date(last - length * SPREAD * (chance / 0xff));
}

/** Between two refreshes that nobody waits for. */
export const LEAST_SECONDS_BETWEEN = 10;

/** When a token that was refreshed at `issuedAt` is refreshed again: not at once, however short it lives. */
export function nextRefreshTime(credentialId: string, life: Life, horizonSeconds: number): Date {
  const earliest = life.issuedAt.getTime() + LEAST_SECONDS_BETWEEN * 1000;
  return new Date(Math.max(earliest, refreshTime(credentialId, life, horizonSeconds).getTime()));
}

const FIRST_PAUSE_MS = 5_000;
/** Whoever waits for a provider that is back should not wait much longer. */
const MOST_PAUSE_MS = 60_000;

/** When to try again after the try number `failures` (from 1) could not reach the provider. */
export function retryTime(failures: number, now: Date): Date {
  return new Date(now.getTime() + backOffMs(failures, FIRST_PAUSE_MS, MOST_PAUSE_MS));
}

/** A credential that expires within the horizon is EXPIRING until it is refreshed; see `healthOf`. */
export type HasRefreshHorizon = { refreshHorizonSeconds: number };
