import { DAYS, declareLimits, HOURS } from "./limit.ts";

/** The limits that belong to no sign-in method and no provider. */
export const LIMITS = declareLimits({
  linkPerAddress: {
    most: 60,
    seconds: HOURS,
    what: "use this link",
    variable: "LIMIT_LINKS_PER_ADDRESS_HOUR",
    about: "Refused mailed links from one client address",
  },
  /** R22. */
  mailPerRecipient: {
    most: 10,
    seconds: DAYS,
    what: "send a mail",
    variable: "LIMIT_MAILS_PER_RECIPIENT_DAY",
    about: "Mails of one purpose to one address",
  },
  /** A reserve beside `mailPerRecipient`. */
  mailPerKnownAddress: {
    most: 5,
    seconds: DAYS,
    what: "send a mail",
    variable: "LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY",
    about: "Further ones for who asks from a device or an address that the recipient signed in from before",
  },
  /** R22: of all codes of the address together; a right one forgets them. Mails watch it for attacks. */
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
    about: "Mails that one client address asks for",
  },
});

/** Limits far above what people and their programs need: they end floods. `allowances.ts` counts them. */
export const FLOOD_LIMITS = declareLimits({
  /** With a factor that can be used again. */
  signInsPerAccount: {
    most: 600,
    seconds: HOURS,
    what: "sign in",
    variable: "LIMIT_SIGN_INS_PER_ACCOUNT_HOUR",
    about: "Sign-ins of one user that succeed, with a password or a provider's token",
  },
  signInsPerAddress: {
    most: 600,
    seconds: HOURS,
    what: "sign in",
    variable: "LIMIT_SIGN_INS_PER_ADDRESS_HOUR",
    about:
      "The same from one client address; raise it for an application that signs its users in from its own server",
  },
  refreshesPerSession: {
    most: 600,
    seconds: HOURS,
    what: "refresh this session",
    variable: "LIMIT_REFRESHES_PER_SESSION_HOUR",
    about: "Refreshes of one session",
  },
  /** R5: 50 tabs with one token cause 49 of these at each refresh. */
  repeatsPerSession: {
    most: 10_000,
    seconds: HOURS,
    what: "refresh this session",
    variable: "LIMIT_REPEATS_PER_SESSION_HOUR",
    about: "Repeats of its refreshes, as tabs make them that refresh at the same time",
  },
  /** R53, as are the next two. */
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
    about: "Mutations of one operator",
  },
  writesPerAddress: {
    most: 60_000,
    seconds: HOURS,
    what: "change anything",
    variable: "LIMIT_WRITES_PER_ADDRESS_HOUR",
    about: "Mutations from one client address without a session, refreshes among them",
  },
  accessesPerUser: {
    most: 36_000,
    seconds: HOURS,
    what: "get an access token",
    variable: "LIMIT_ACCESSES_PER_USER_HOUR",
    about: "Access tokens of providers that one user or operator asks for",
  },
  subscriptionsPerUser: {
    most: 3_600,
    seconds: HOURS,
    what: "open another subscription",
    variable: "LIMIT_SUBSCRIPTIONS_PER_USER_HOUR",
    about: "Subscriptions that one user or operator opens",
  },
  subscriptionsPerAddress: {
    most: 36_000,
    seconds: HOURS,
    what: "open another subscription",
    variable: "LIMIT_SUBSCRIPTIONS_PER_ADDRESS_HOUR",
    about: "Subscriptions opened from one client address without a session",
  },
});
