import {
  addressRange,
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
} from "./platform/config/values.ts";
import { optional, type Values, variable } from "./platform/config/variable.ts";
import { ConfigProblems } from "./platform/config/problems.ts";
import { DATA_DIR } from "./client/operator/variables.ts";
import { merged } from "./lib/intersection.ts";
import { type Limit, limitVariables } from "./operations/limits/limit.ts";
import { ANY_PROVIDERS, PROVIDERS } from "./providers/providers.ts";
import { SIGN_IN_METHODS } from "./sign_in/methods.ts";
import { ALL_LIMITS } from "./wiring/limits.ts";
import { parseStateRequirements } from "./accounts/states/requirements.ts";

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
  ...merged(PROVIDERS.map(({ variables }) => variables)),
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
  ...merged(SIGN_IN_METHODS.map(({ variables }) => variables)),
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
  ...limitVariables(ALL_LIMITS),
  LOG_LEVEL: variable(
    "`debug`, `info`, `warning` or `error`",
    "info",
    oneOf("debug", "info", "warning", "error"),
  ),
  LOG_FORMAT: variable("`json` or `text`; `dev` takes text", "json", oneOf("json", "text")),
};

/** The configuration, read and checked. What has no default may be undefined. */
export type Config = Values<typeof VARIABLES> & Record<Limit["variable"], number | undefined>;

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
  problems.push(...ANY_PROVIDERS.flatMap((provider) => provider.problems?.(env) ?? []));
  if (problems.length > 0) throw new ConfigProblems(problems);
  return values as Config;
}
