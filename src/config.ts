import {
  addressRange,
  cron,
  databaseUrl,
  headerName,
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
import { readDocumentManifest } from "./platform/config/trusted_documents_file.ts";
import { optional, type Values, variable } from "./platform/config/variable.ts";
import { ConfigProblems } from "./platform/config/problems.ts";
import { DATA_DIR } from "./client/operator/variables.ts";
import { merged } from "./lib/intersection.ts";
import { Secret } from "./lib/secret.ts";
import type { Setting } from "./operations/health/setting.ts";
import { type Limit, limitVariables } from "./operations/limits/limit.ts";
import { ANY_PROVIDERS, PROVIDERS } from "./providers/providers.ts";
import { SIGN_IN_METHODS } from "./sign_in/methods.ts";
import { ALL_LIMITS } from "./wiring/limits.ts";
import { parseClaimTemplate } from "./accounts/sessions/claim_template.ts";
import { SIGNING_ALGORITHMS } from "./accounts/sessions/signing_algorithms.ts";
import { parseStateRequirements } from "./accounts/states/requirements.ts";

/** Every variable that the server reads, in the order of `docs/configuration.md`. Names include the units. */
export const VARIABLES = {
  HOST: variable("Address to listen on", "127.0.0.1", listeningHost),
  PORT: variable("Port to listen on; 0 chooses a free one", "4000", wholeNumber(0, 65_535)),
  WEBSOCKET_PORT: optional(
    "Separate port for WebSockets, which makes plain HTTP faster. By default WebSockets use `PORT`",
    wholeNumber(0, 65_535),
  ),
  PUBLIC_URL: optional(
    "The server's public URL, if it is not `http://HOST:PORT`, or `http://localhost:PORT` with `dev`",
    origin,
  ),
  DATA_DIR: variable(DATA_DIR.about, DATA_DIR.fallback, text(/./, "a folder")),
  DATABASE_URL: optional(
    "URL of a Postgres 14 or later. With several hosts, such as `postgres://user@one:5432,two:5432/db`, the server uses the one that accepts writes (see [Failover](deploy.md#failover)). By default it uses an embedded database",
    databaseUrl,
  ),
  DATABASE_CONNECTIONS: variable("Maximum connections to Postgres for requests", "10", wholeNumber(2, 1_000)),
  SALLYPORT_SECRET: optional(
    "The root secret: 32 bytes as base64url or hex. Required with `DATABASE_URL`; with the embedded database the first start creates it in `DATA_DIR`",
    rootSecret,
  ),
  SALLYPORT_SECRET_PREVIOUS: optional(
    "The previous root secret, during a rotation",
    rootSecret,
  ),
  ALLOWED_ORIGINS: variable(
    "Origins of web pages that may call the API and be redirected to, separated by commas",
    "",
    list(origin),
  ),
  ALLOWED_HEADERS: variable(
    "Further request headers that pages of `ALLOWED_ORIGINS` may send, such as `x-request-id`, separated by commas",
    "",
    list(headerName),
  ),
  TRUSTED_DOCUMENTS: optional(
    "With `only`, the server runs only the GraphQL documents in `TRUSTED_DOCUMENTS_FILE` and those of Sallyport's own clients; with `also`, it runs all others too. In both modes clients can send the id of a document. By default all documents run, and clients cannot send ids",
    oneOf("only", "also"),
  ),
  TRUSTED_DOCUMENTS_FILE: optional(
    "The manifest of the trusted documents, as GraphQL Code Generator, Relay or Apollo writes it. It must be in Sallyport's folder, because the server cannot read other folders",
    readDocumentManifest,
  ),
  TRUSTED_PROXIES: variable(
    "Addresses of proxies whose `X-Forwarded-For` the server trusts, or ranges such as `10.0.0.0/8`, separated by commas",
    "",
    list(addressRange),
  ),
  ...merged(PROVIDERS.map(({ variables }) => variables)),
  SMTP_URL: optional(
    "The mail server: `smtps://user:password@host:465`, or `smtp://…:587`, which requires STARTTLS unless the host is this machine or the URL ends in `?tls=none`. Without it the server sends no mail",
    smtpUrl,
  ),
  MAIL_FROM: optional(
    "Sender of mail: an address, or `Name <address>`. Required with `SMTP_URL`. The part before the `@` must be ASCII; other domains are converted to Punycode",
    mailFrom,
  ),
  VAULT_SWEEP_CRON: variable(
    "Cron schedule of the vault's sweep, in UTC. The vault is also swept at the start",
    "0 */6 * * *",
    cron,
  ),
  VAULT_REFRESH_HORIZON_HOURS: variable(
    "A credential that expires within this time is EXPIRING, and is refreshed. A credential with a shorter lifetime is refreshed after 80 % of it",
    "24",
    wholeNumber(1, 24 * 365),
  ),
  ACCESS_TOKEN_MINUTES: variable("Lifetime of an access token", "15", wholeNumber(1, 24 * 60)),
  ACCESS_TOKEN_ALGORITHM: variable(
    "The algorithm that signs tokens: `EdDSA`, or `ES256` for gateways that do not support EdDSA. Keys of both are published, and a change signs no user out. `ES256` takes about 0.7 ms more for each new token",
    "EdDSA",
    oneOf(...SIGNING_ALGORITHMS),
  ),
  ACCESS_TOKEN_AUDIENCE: optional(
    "The `aud` claim of every token, for services that check it. Defaults to `PUBLIC_URL`",
    text(/^[!-~]{1,255}$/, "up to 255 printable characters"),
  ),
  ACCESS_TOKEN_CLIENT_ID: variable(
    "The claim `client_id` of access tokens (RFC 9068), for gateways that check it",
    "sallyport",
    text(/^[!-~]{1,255}$/, "up to 255 printable characters"),
  ),
  ACCESS_TOKEN_CLAIMS: optional(
    'Further claims of access tokens: JSON with placeholders, such as `{ "scope": "{{user.roles}}" }`. See [Claims](services.md#claims)',
    parseClaimTemplate,
  ),
  SESSION_DAYS: variable(
    "Maximum lifetime of a session with the transport TOKENS",
    "180",
    wholeNumber(1, 3_650),
  ),
  SESSION_IDLE_DAYS: variable(
    "Time after which an unused session with the transport TOKENS ends",
    "30",
    wholeNumber(1, 3_650),
  ),
  SESSION_COOKIE_DAYS: variable("Lifetime of a session with the transport COOKIE", "7", wholeNumber(1, 365)),
  SESSIONS_PER_USER: variable(
    "Maximum sessions of a user; a new one above the limit ends the oldest",
    "200",
    wholeNumber(1, 1_000_000),
  ),
  SIGNING_KEY_DAYS: variable(
    "How long a signing key is used before the next one replaces it",
    "90",
    wholeNumber(1, 3_650),
  ),
  ...merged(SIGN_IN_METHODS.map(({ variables }) => variables)),
  STATE_REQUIREMENTS: variable(
    "Requirements of the states AUTH and PAYMENT besides an account: any of `verified_email`, `username`, `password`, `second_factor`, `phishing_resistant`, such as `AUTH=verified_email;PAYMENT=verified_email,password`",
    "PAYMENT=verified_email",
    parseStateRequirements,
  ),
  VERIFICATION_LINK_HOURS: variable(
    "Lifetime of a link that verifies an e-mail address",
    "24",
    wholeNumber(1, 24 * 30),
  ),
  RESET_LINK_MINUTES: variable("Lifetime of a link for a new password", "60", wholeNumber(5, 24 * 60)),
  EVENT_DAYS: variable(
    "How long events are kept, except refusals; 0 keeps them for ever",
    "0",
    wholeNumber(0, 3_650),
  ),
  REFUSAL_DAYS: variable(
    "How long events are kept whose type ends in `refused` or `rejected`, because callers without an account can cause many; 0 keeps them for ever",
    "90",
    wholeNumber(0, 3_650),
  ),
  ...limitVariables(ALL_LIMITS),
  LOG_LEVEL: variable(
    "`debug`, `info`, `warning` or `error`",
    "info",
    oneOf("debug", "info", "warning", "error"),
  ),
  LOG_FORMAT: variable("`json` or `text`. `dev` defaults to text", "json", oneOf("json", "text")),
};

/** The validated configuration. Variables without a default may be undefined. */
export type Config = Values<typeof VARIABLES> & Record<Limit["variable"], number | undefined>;

/** Returns all variables with their values, but never the value of a secret. They must be valid. */
export function settingsOf(env: (name: string) => string | undefined): Setting[] {
  return Object.entries(VARIABLES).map(([name, { about, fallback, parse }]) => {
    const given = env(name) || undefined;
    const value = given ?? fallback;
    const isSecret = value !== undefined && parse(value) instanceof Secret;
    return { name, about, isSet: given !== undefined, isSecret, value: isSecret ? null : value ?? null };
  });
}

/** Reads and validates the configuration. Throws `ConfigProblems` with all invalid variables. */
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
      "SALLYPORT_SECRET must be set with DATABASE_URL: create one with `openssl rand -hex 32`, and keep it safe",
    );
  }
  if (values["TRUSTED_DOCUMENTS_FILE"] && !env("TRUSTED_DOCUMENTS")) {
    problems.push("TRUSTED_DOCUMENTS must be set with TRUSTED_DOCUMENTS_FILE: only or also");
  }
  if (values["SMTP_URL"] && !env("MAIL_FROM")) {
    problems.push("MAIL_FROM must be set with SMTP_URL: the sender's address");
  }
  problems.push(...ANY_PROVIDERS.flatMap((provider) => provider.problems?.(env) ?? []));
  if (problems.length > 0) throw new ConfigProblems(problems);
  return values as Config;
}
