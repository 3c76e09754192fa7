import {
  addressRange,
  clientIds,
  cron,
  databaseUrl,
  list,
  listeningHost,
  mailFrom,
  oneOf,
  origin,
  rootSecret,
  smtpUrl,
  text,
  wholeNumber,
} from "./wiring/config_values.ts";
import { DATA_DIR } from "./client/operator/variables.ts";
import { readClientFile } from "./providers/google/api/client_file.ts";
import { type LimitName, LIMITS } from "./operations/limits/limits.ts";
import { parseModalServerUrl } from "./providers/modal/api/modal_server_url.ts";
import { Secret } from "./lib/secret.ts";
import { parseStateRequirements } from "./accounts/states/requirements.ts";

/** One environment variable: what it is for, and how its text becomes a value. */
type Variable<T> = {
  about: string;
  /** The text taken when the variable is unset or empty; undefined when there is none to take. */
  fallback: string | undefined;
  /** Throws an `Error` whose message says what the value must be. */
  parse: (text: string) => T;
};

function variable<T>(about: string, fallback: string, parse: (text: string) => T): Variable<T> {
  return { about, fallback, parse };
}

function optional<T>(about: string, parse: (text: string) => T): Variable<T | undefined> {
  return { about, fallback: undefined, parse };
}

/** The figure of the limit `name`; the library counts in 32 bits. */
function limit(name: LimitName, about: string): Variable<number> & { limit: LimitName } {
  return { ...variable(about, String(LIMITS[name].most), wholeNumber(1, 2 ** 31 - 1)), limit: name };
}

/** Every variable the server reads, in the order of `docs/configuration.md`. The units are in the names. */
export const VARIABLES = {
  HOST: variable("Address to listen on", "127.0.0.1", listeningHost),
  PORT: variable("Port to listen on; 0 takes a free one", "4000", wholeNumber(0, 65_535)),
  WEBSOCKET_PORT: optional(
    "A port of its own for WebSockets, which makes plain HTTP cheaper; without it they share `PORT`",
    wholeNumber(0, 65_535),
  ),
  PUBLIC_URL: optional("The URL people reach the server at, when it is not `http://HOST:PORT`", origin),
  DATA_DIR: variable(DATA_DIR.about, DATA_DIR.fallback, text(/./, "a folder")),
  DATABASE_URL: optional("Postgres 14 or later; the embedded database without it", databaseUrl),
  DATABASE_CONNECTIONS: variable("Most connections to Postgres for requests", "10", wholeNumber(2, 1_000)),
  SALLYPORT_SECRET: optional(
    "The root secret: 32 bytes as base64url or hex. Made by itself in `DATA_DIR` with the embedded database, required with `DATABASE_URL`",
    rootSecret,
  ),
  SALLYPORT_SECRET_PREVIOUS: optional(
    "The root secret before this one, while it is being changed",
    rootSecret,
  ),
  ALLOWED_ORIGINS: variable(
    "Origins of web pages that may call the API, separated by commas",
    "",
    list(origin),
  ),
  TRUSTED_PROXIES: variable(
    "Addresses of proxies whose `X-Forwarded-For` is believed, or ranges like `10.0.0.0/8`, separated by commas",
    "",
    list(addressRange),
  ),
  MODAL_SERVER_URL: variable(
    "Modal's API; `http://` means without TLS",
    "https://api.modal.com",
    (value) => parseModalServerUrl(value).url,
  ),
  MODAL_POLL_SECONDS: variable("How long Modal may hold one poll", "40", wholeNumber(1, 300)),
  MODAL_MAX_ATTEMPTS: variable("Polls before a Modal flow is TIMED_OUT", "10", wholeNumber(1, 1_000)),
  MODAL_FLOW_MINUTES: variable("Life of a Modal flow, waited for or not", "60", wholeNumber(1, 24 * 60)),
  GOOGLE_CLIENT_ID: optional(
    "Client ids of Google's console, separated by commas: the first one asks for authorization, ID tokens for any of them are accepted",
    clientIds,
  ),
  GOOGLE_CLIENT_SECRET: optional(
    "The secret of the first client; required with `GOOGLE_CLIENT_ID`",
    (value) => new Secret(value),
  ),
  GOOGLE_CREDENTIALS_FILE: optional(
    "The client file of Google's console, in place of both; it must lie in Sallyport's folder, which is all that the server may read",
    readClientFile,
  ),
  SMTP_URL: optional(
    "The mail server: `smtps://user:password@host:465`, or `smtp://…:587`, where STARTTLS is required unless the host is this machine or the URL ends in `?tls=none`. No mail is sent without it",
    smtpUrl,
  ),
  MAIL_FROM: optional(
    "Who mail is from: an address, or `Name <address>`; required with `SMTP_URL`. A domain with other letters than ASCII is written in Punycode; before the `@` there must be none",
    mailFrom,
  ),
  VAULT_SWEEP_CRON: variable("When the vault is swept, in UTC; at the start too", "0 */6 * * *", cron),
  VAULT_REFRESH_HORIZON_HOURS: variable(
    "A credential that ends within this time is refreshed, and EXPIRING until it is; one that does not live longer, by 80 % of its life",
    "24",
    wholeNumber(1, 24 * 365),
  ),
  ACCESS_TOKEN_MINUTES: variable("Life of an access token", "15", wholeNumber(1, 24 * 60)),
  ACCESS_TOKEN_AUDIENCE: optional(
    "`aud` of every token, for services that check it; `PUBLIC_URL` without it",
    text(/^[!-~]{1,255}$/, "up to 255 printable characters"),
  ),
  SESSION_DAYS: variable(
    "Life of a session with TOKENS, however much it is used",
    "180",
    wholeNumber(1, 3_650),
  ),
  SESSION_IDLE_DAYS: variable("Life of a session with TOKENS that is not used", "30", wholeNumber(1, 3_650)),
  SESSION_COOKIE_DAYS: variable("Life of a session with COOKIE", "7", wholeNumber(1, 365)),
  SESSIONS_PER_USER: variable(
    "Sessions a user may have; a further one ends the oldest",
    "200",
    wholeNumber(1, 1_000_000),
  ),
  SIGNING_KEY_DAYS: variable(
    "How long a key signs tokens before the next one does",
    "90",
    wholeNumber(1, 3_650),
  ),
  PASSWORD_MIN_CHARACTERS: variable(
    "Least length of a password; 15 is advised where it is the only factor",
    "8",
    wholeNumber(8, 128),
  ),
  EMAIL_CODE_MINUTES: variable("Life of an e-mailed code", "10", wholeNumber(1, 60)),
  GUEST_DAYS: variable("How long a guest without a live session is kept", "30", wholeNumber(1, 3_650)),
  STATE_REQUIREMENTS: variable(
    "What entering AUTH and PAYMENT takes beside an account: any of `verified_email`, `username`, `password`, like `AUTH=verified_email;PAYMENT=verified_email,password`",
    "PAYMENT=verified_email",
    parseStateRequirements,
  ),
  VERIFICATION_LINK_HOURS: variable(
    "Life of a link that verifies an e-mail address",
    "24",
    wholeNumber(1, 24 * 30),
  ),
  RESET_LINK_MINUTES: variable("Life of a link for a new password", "60", wholeNumber(5, 24 * 60)),
  LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: limit("passwordPerAccount", "Passwords tried for one name"),
  LIMIT_PASSWORDS_PER_KNOWN_ADDRESS_15_MINUTES: limit(
    "passwordPerKnownAddress",
    "Further ones from a device or an address that the account was signed in from before",
  ),
  LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES: limit(
    "passwordPerAddress",
    "Wrong passwords from one client address",
  ),
  LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: limit("registerPerAddress", "Registrations from one client address"),
  LIMIT_LINKS_PER_ADDRESS_HOUR: limit("linkPerAddress", "Refused mailed links from one client address"),
  LIMIT_GOOGLE_TOKENS_PER_ADDRESS_HOUR: limit(
    "googlePerAddress",
    "Refused Google tokens from one client address",
  ),
  LIMIT_STATES_PER_ADDRESS_HOUR: limit(
    "statePerAddress",
    "Refused returns from Google's page from one client address",
  ),
  LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR: limit(
    "googlePerUser",
    "Google authorizations started, and tokens imported, by one user or operator",
  ),
  LIMIT_MODAL_FLOWS_PER_USER_HOUR: limit("modalPerUser", "Modal flows started by one user"),
  LIMIT_MAILS_PER_RECIPIENT_DAY: limit("mailPerRecipient", "Mails of one purpose to one address"),
  LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY: limit(
    "mailPerKnownAddress",
    "Further ones for who asks from a device or an address that the recipient signed in from before",
  ),
  LIMIT_CODES_PER_MINUTE: limit("codeInterval", "Codes asked for by one client for one e-mail address"),
  LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR: limit("codePerAccount", "Codes tried for one e-mail address"),
  LIMIT_CODE_TRIES_PER_KNOWN_ADDRESS_HOUR: limit(
    "codePerKnownAddress",
    "Further ones from a device or an address that it was signed in from before",
  ),
  LIMIT_GUESTS_PER_ADDRESS_HOUR: limit("guestPerAddress", "Guests from one client address"),
  LIMIT_MAILS_PER_ADDRESS_HOUR: limit("mailPerAddress", "Mails that one client address asks for"),
  LIMIT_SIGN_INS_PER_ACCOUNT_HOUR: limit(
    "signInsPerAccount",
    "Sign-ins of one user that succeed, with a password or Google",
  ),
  LIMIT_SIGN_INS_PER_ADDRESS_HOUR: limit(
    "signInsPerAddress",
    "The same from one client address; raise it for an application that signs its users in from its own server",
  ),
  LIMIT_REFRESHES_PER_SESSION_HOUR: limit("refreshesPerSession", "Refreshes of one session"),
  LIMIT_REPEATS_PER_SESSION_HOUR: limit(
    "repeatsPerSession",
    "Repeats of its refreshes, as tabs make them that refresh at the same time",
  ),
  LIMIT_WRITES_PER_USER_HOUR: limit("writesPerUser", "Mutations of one user"),
  LIMIT_WRITES_PER_OPERATOR_HOUR: limit("writesPerOperator", "Mutations of one operator"),
  LIMIT_WRITES_PER_ADDRESS_HOUR: limit(
    "writesPerAddress",
    "Mutations from one client address without a session, refreshes among them",
  ),
  LIMIT_ACCESSES_PER_USER_HOUR: limit(
    "accessesPerUser",
    "Access tokens of Google that one user or operator asks for",
  ),
  LIMIT_SUBSCRIPTIONS_PER_USER_HOUR: limit(
    "subscriptionsPerUser",
    "Subscriptions that one user or operator opens",
  ),
  LIMIT_SUBSCRIPTIONS_PER_ADDRESS_HOUR: limit(
    "subscriptionsPerAddress",
    "Subscriptions opened from one client address without a session",
  ),
  LOG_LEVEL: variable(
    "`debug`, `info`, `warning` or `error`",
    "info",
    oneOf("debug", "info", "warning", "error"),
  ),
  LOG_FORMAT: variable("`json` or `text`; `dev` takes text", "json", oneOf("json", "text")),
} as const;

/** The configuration, read and checked. What has no default may be undefined. */
export type Config = { [Name in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[Name]["parse"]> };

/** Every problem of the environment at once, one line each, with the variable's name. */
export class ConfigProblems extends Error {
  override readonly name = "ConfigProblems";
  constructor(readonly problems: readonly string[]) {
    super(
      `Cannot start: the configuration has problems\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
  }
}

/** Reads the configuration from `env`. Throws `ConfigProblems` that name every variable that is wrong. */
export function readConfig(env: (name: string) => string | undefined): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = env(name) || variable.fallback;
    if (value === undefined) continue;
    try {
      values[name] = variable.parse(value);
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : error}`);
    }
  }
  if (values["DATABASE_URL"] && !env("SALLYPORT_SECRET")) {
    problems.push(
      "SALLYPORT_SECRET must be set with DATABASE_URL: make one with `openssl rand -hex 32`, and keep it",
    );
  }
  if (values["SMTP_URL"] && !env("MAIL_FROM")) {
    problems.push("MAIL_FROM must be set with SMTP_URL: the address that mail is from");
  }
  problems.push(...googleProblems(env));
  if (problems.length > 0) throw new ConfigProblems(problems);
  return values as Config;
}

/** Google's client is named by its id and secret, or by its file. */
function googleProblems(env: (name: string) => string | undefined): string[] {
  const [id, secret, file] = ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_CREDENTIALS_FILE"].map(env);
  if (file && (id || secret)) {
    return ["GOOGLE_CREDENTIALS_FILE must not be set with GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET"];
  }
  if (id && !secret) return ["GOOGLE_CLIENT_SECRET must be set with GOOGLE_CLIENT_ID"];
  return secret && !id ? ["GOOGLE_CLIENT_ID must be set with GOOGLE_CLIENT_SECRET"] : [];
}
