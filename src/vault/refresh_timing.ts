import { sha256 } from "../crypto.ts";
import { backOffMs } from "../sleep.ts";
import { LAST_PART_OF_LIFE } from "./health.ts";

/** So much of its life before the last part, tokens begin to be refreshed: those issued together are not all at once. */
const SPREAD = 0.1;

/**
 * When a token is refreshed: between 70 and 80 % of its life. Where between depends on the credential's id alone, so
 * that each goes on having its own moment.
 */
export function refreshTime(credentialId: string, issuedAt: Date, expiresAt: Date): Date {
  const life = expiresAt.getTime() - issuedAt.getTime();
  const [chance = 0] = sha256(credentialId);
  return new Date(issuedAt.getTime() + life * (LAST_PART_OF_LIFE - SPREAD * (chance / 0xff)));
}

/** Between two refreshes that nobody waits for. */
export const LEAST_SECONDS_BETWEEN = 10;

/** When a token that was refreshed at `issuedAt` is refreshed again: not at once, however short it lives. */
export function nextRefreshTime(credentialId: string, issuedAt: Date, expiresAt: Date): Date {
  const earliest = issuedAt.getTime() + LEAST_SECONDS_BETWEEN * 1000;
  return new Date(Math.max(earliest, refreshTime(credentialId, issuedAt, expiresAt).getTime()));
}

const FIRST_PAUSE_MS = 5_000;
/** Whoever waits for a provider that is back should not wait much longer. */
const MOST_PAUSE_MS = 60_000;

/** When to try again after the try number `failures` (from 1) could not reach the provider. */
export function retryTime(failures: number, now: Date): Date {
  return new Date(now.getTime() + backOffMs(failures, FIRST_PAUSE_MS, MOST_PAUSE_MS));
}
