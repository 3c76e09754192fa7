import type { Config } from "../config.ts";
import type { KeyLifetimes } from "../accounts/sessions/signing_key_rotation.ts";
import { COOKIE_LEEWAY_SECONDS } from "../accounts/sessions/session_token.ts";
import type { EventLifetimes } from "../events/retention.ts";
import { ALL_LIMITS } from "./limits.ts";
import type { SessionLifetimes } from "../accounts/sessions/sessions.ts";

export const DAY_SECONDS = 24 * 60 * 60;

/** Returns the configured lifetimes of sessions. */
export function lifetimesOf(config: Config): SessionLifetimes {
  return {
    accessTokenSeconds: config.ACCESS_TOKEN_MINUTES * 60,
    refreshSeconds: config.SESSION_DAYS * DAY_SECONDS,
    refreshIdleSeconds: config.SESSION_IDLE_DAYS * DAY_SECONDS,
    cookieSeconds: config.SESSION_COOKIE_DAYS * DAY_SECONDS,
  };
}

/** Returns how long keys sign tokens, and the lifetime of the longest-lived tokens. */
export function keyLifetimesOf(config: Config): KeyLifetimes {
  const { accessTokenSeconds, cookieSeconds } = lifetimesOf(config);
  return {
    signsSeconds: config.SIGNING_KEY_DAYS * DAY_SECONDS,
    longestTokenSeconds: Math.max(accessTokenSeconds, cookieSeconds + COOKIE_LEEWAY_SECONDS),
  };
}

/** Returns how long events are kept. */
export function eventLifetimesOf(config: Config): EventLifetimes {
  return { events: config.EVENT_DAYS * DAY_SECONDS, refusals: config.REFUSAL_DAYS * DAY_SECONDS };
}

/** Returns the configured limits by name. */
export function limitsOf(config: Config): Record<string, number | undefined> {
  return Object.fromEntries(ALL_LIMITS.map(({ name, variable }) => [name, config[variable]]));
}
