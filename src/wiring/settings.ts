import type { Config } from "../config.ts";
import type { KeyLifetimes } from "../accounts/sessions/signing_keys.ts";
import type { LimitName } from "../operations/limits/limits.ts";
import { COOKIE_LEEWAY_SECONDS } from "../accounts/sessions/session_token.ts";
import type { SessionLifetimes } from "../accounts/sessions/sessions.ts";

export const DAY_SECONDS = 24 * 60 * 60;

/** How long sessions live, as configured. */
export function lifetimesOf(config: Config): SessionLifetimes {
  return {
    accessTokenSeconds: config.ACCESS_TOKEN_MINUTES * 60,
    refreshSeconds: config.SESSION_DAYS * DAY_SECONDS,
    refreshIdleSeconds: config.SESSION_IDLE_DAYS * DAY_SECONDS,
    cookieSeconds: config.SESSION_COOKIE_DAYS * DAY_SECONDS,
  };
}

/** How long keys sign tokens, and the longest-lived of those tokens, as configured. */
export function keyLifetimesOf(config: Config): KeyLifetimes {
  const { accessTokenSeconds, cookieSeconds } = lifetimesOf(config);
  return {
    signsSeconds: config.SIGNING_KEY_DAYS * DAY_SECONDS,
    longestTokenSeconds: Math.max(accessTokenSeconds, cookieSeconds + COOKIE_LEEWAY_SECONDS),
  };
}

/** The figure of each limit, as configured. */
export function limitsOf(config: Config): Record<LimitName, number> {
  return {
    passwordPerAccount: config.LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES,
    passwordPerKnownAddress: config.LIMIT_PASSWORDS_PER_KNOWN_ADDRESS_15_MINUTES,
    passwordPerAddress: config.LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES,
    registerPerAddress: config.LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR,
    linkPerAddress: config.LIMIT_LINKS_PER_ADDRESS_HOUR,
    googlePerAddress: config.LIMIT_GOOGLE_TOKENS_PER_ADDRESS_HOUR,
    statePerAddress: config.LIMIT_STATES_PER_ADDRESS_HOUR,
    googlePerUser: config.LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR,
    modalPerUser: config.LIMIT_MODAL_FLOWS_PER_USER_HOUR,
    mailPerRecipient: config.LIMIT_MAILS_PER_RECIPIENT_DAY,
    mailPerKnownAddress: config.LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY,
    mailPerAddress: config.LIMIT_MAILS_PER_ADDRESS_HOUR,
    codeInterval: config.LIMIT_CODES_PER_MINUTE,
    codePerAccount: config.LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR,
    codePerKnownAddress: config.LIMIT_CODE_TRIES_PER_KNOWN_ADDRESS_HOUR,
    guestPerAddress: config.LIMIT_GUESTS_PER_ADDRESS_HOUR,
    signInsPerAccount: config.LIMIT_SIGN_INS_PER_ACCOUNT_HOUR,
    signInsPerAddress: config.LIMIT_SIGN_INS_PER_ADDRESS_HOUR,
    refreshesPerSession: config.LIMIT_REFRESHES_PER_SESSION_HOUR,
    repeatsPerSession: config.LIMIT_REPEATS_PER_SESSION_HOUR,
    writesPerUser: config.LIMIT_WRITES_PER_USER_HOUR,
    writesPerOperator: config.LIMIT_WRITES_PER_OPERATOR_HOUR,
    writesPerAddress: config.LIMIT_WRITES_PER_ADDRESS_HOUR,
    accessesPerUser: config.LIMIT_ACCESSES_PER_USER_HOUR,
    subscriptionsPerUser: config.LIMIT_SUBSCRIPTIONS_PER_USER_HOUR,
    subscriptionsPerAddress: config.LIMIT_SUBSCRIPTIONS_PER_ADDRESS_HOUR,
  };
}
