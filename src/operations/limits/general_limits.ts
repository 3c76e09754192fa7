import { DAYS, declareLimits, HOURS } from "./limit.ts";

/** The limits that do not belong to a sign-in method or a provider. */
export const LIMITS = declareLimits({
  linkPerAddress: {
    most: 60,
    seconds: HOURS,
    what: "use this link",
    variable: "LIMIT_LINKS_PER_ADDRESS_HOUR",
    about: "Uses of invalid mailed links from one client address",
  },
  /** R22. */
  mailPerRecipient: {
    most: 10,
    seconds: DAYS,
    what: "send a mail",
    variable: "LIMIT_MAILS_PER_RECIPIENT_DAY",
    about: "Mails of one purpose to one address",
  },
  /** A reserve in addition to `mailPerRecipient`. */
  mailPerKnownAddress: {
    most: 5,
    seconds: DAYS,
    what: "send a mail",
    variable: "LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY",
    about:
      "Additional mails of one purpose to one address, if the request comes from a device or client address that the recipient signed in from before",
  },
  /** R22: one count for all codes of the address; a correct code resets it. Mails use it to detect attacks. */
  codePerAccount: {
    most: 20,
    seconds: HOURS,
    what: "try another code",
    variable: "LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR",
    about: "Codes tried for one e-mail address",
  },
  mailPerAddress: {
    most: 60,
    seconds: HOURS,
    what: "send a mail",
    variable: "LIMIT_MAILS_PER_ADDRESS_HOUR",
    about: "Mails requested from one client address",
  },
});

/** Limits against floods, far above normal use. `allowances.ts` counts them. */
export const FLOOD_LIMITS = declareLimits({
  /** Sign-ins with a reusable factor. */
  signInsPerAccount: {
    most: 600,
    seconds: HOURS,
    what: "sign in",
    variable: "LIMIT_SIGN_INS_PER_ACCOUNT_HOUR",
    about: "Successful sign-ins of one user with a password or a provider's token",
  },
  signInsPerAddress: {
    most: 600,
    seconds: HOURS,
    what: "sign in",
    variable: "LIMIT_SIGN_INS_PER_ADDRESS_HOUR",
    about:
      "Successful sign-ins from one client address with a password or a provider's token; raise it for an application that signs its users in from its own server",
  },
  refreshesPerSession: {
    most: 600,
    seconds: HOURS,
    what: "refresh this session",
    variable: "LIMIT_REFRESHES_PER_SESSION_HOUR",
    about: "Refreshes of one session",
  },
  /** R5: 50 tabs that share a token cause 49 repeats at each refresh. */
  repeatsPerSession: {
    most: 10_000,
    seconds: HOURS,
    what: "refresh this session",
    variable: "LIMIT_REPEATS_PER_SESSION_HOUR",
    about: "Repeated refreshes of one session, as tabs cause when they refresh at the same time",
  },
  /** R53, like the next two. */
  writesPerUser: {
    most: 600,
    seconds: HOURS,
    what: "change anything",
    variable: "LIMIT_WRITES_PER_USER_HOUR",
    about: "Mutations of one user",
  },
  writesPerOperator: {
    most: 10_000,
    seconds: HOURS,
    what: "change anything",
    variable: "LIMIT_WRITES_PER_OPERATOR_HOUR",
    about: "Mutations of one operator or API key",
  },
  writesPerAddress: {
    most: 60_000,
    seconds: HOURS,
    what: "change anything",
    variable: "LIMIT_WRITES_PER_ADDRESS_HOUR",
    about: "Mutations from one client address without a session, including refreshes",
  },
  requestsPerApiKey: {
    most: 36_000,
    seconds: HOURS,
    what: "use this API key",
    variable: "LIMIT_REQUESTS_PER_API_KEY_HOUR",
    about: "Requests with one API key",
  },
  accessesPerUser: {
    most: 36_000,
    seconds: HOURS,
    what: "get an access token",
    variable: "LIMIT_ACCESSES_PER_USER_HOUR",
    about: "Access tokens of providers that one user or operator requests",
  },
  subscriptionsPerUser: {
    most: 3_600,
    seconds: HOURS,
    what: "open another subscription",
    variable: "LIMIT_SUBSCRIPTIONS_PER_USER_HOUR",
    about: "Subscriptions that one user, operator or API key opens",
  },
  subscriptionsPerAddress: {
    most: 36_000,
    seconds: HOURS,
    what: "open another subscription",
    variable: "LIMIT_SUBSCRIPTIONS_PER_ADDRESS_HOUR",
    about: "Subscriptions opened from one client address without a session",
  },
});
