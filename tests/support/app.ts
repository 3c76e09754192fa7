import { type App, createApp } from "../../src/app.ts";
import { type Client, createClient } from "../../src/client/operator/client.ts";
import { type Config, readConfig, settingsOf } from "../../src/config.ts";
import { randomBytes } from "../../src/lib/crypto.ts";
import { type ModalEmulator, startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { type MailEmulator, startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import type { ModalSwitches } from "../../src/emulators/modal/switches.ts";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { scheduleRefreshes } from "../../src/vault/refresh_scheduler.ts";
import { configuredGoogle } from "../../src/providers/google/api/configured_google.ts";
import { createKeyring, type Keyring } from "../../src/platform/keys/root_key.ts";
import { createModalClient } from "../../src/providers/modal/api/modal_client.ts";
import { createOperator } from "../../src/operations/operators/operators.ts";
import type { WebSocketLimits } from "../../src/http/web_socket/web_socket_limits.ts";
import type { PasswordHash } from "../../src/lib/password_hash.ts";
import type { OperatorRole } from "../../src/operations/operators/roles.ts";
import { Secret } from "../../src/lib/secret.ts";
import { cheapHash } from "./cheap_hash.ts";
import type { TestDatabase } from "./databases.ts";

/** A server in this process with emulated Modal and mail, called through `app.fetch`. */
export type TestApp = AsyncDisposable & App & {
  modal: ModalEmulator;
  /** The mail server that receives its mails. */
  inbox: MailEmulator;
  /** The server's clock; `advance` moves it. */
  clock: Clock;
  /** Returns a client with the token of a new operator of this role. */
  operator(role?: OperatorRole): Promise<Client>;
  /** Returns the token of a new operator. */
  operatorToken(role?: OperatorRole): Promise<string>;
  /** Returns a client with `token`, or without a token. */
  client(token?: string): Client;
};

export type Clock = { now: () => Date; advance: (seconds: number) => void };

export type TestAppOptions = {
  database: TestDatabase;
  /** Environment variables. With an empty `SMTP_URL`, mail is not configured. */
  env?: Record<string, string>;
  switches?: Partial<ModalSwitches>;
  /** An emulator to share between instances; the caller closes it. */
  modal?: ModalEmulator;
  inbox?: MailEmulator;
  /** Google, emulated: see `startGoogleApp`. Without it Google is not configured. */
  google?: GoogleEmulator;
  /** The time limit of a call to Google, in seconds. Default: 10. */
  googleSeconds?: number;
  /** A clock to share. */
  clock?: Clock;
  keys?: Keyring;
  development?: boolean;
  webSocketLimits?: Partial<WebSocketLimits>;
  /** The delay before a rejected mail is tried again. Default: 0. */
  mailPauseSeconds?: number;
  /** Default: a cheap hash. */
  passwordHash?: PasswordHash;
  /** Turns off all scheduled work on the vault except sweeps. */
  sweepsAlone?: boolean;
};

/** A running clock that can be moved. */
export function movableClock(): Clock {
  let ahead = 0;
  return { now: () => new Date(Date.now() + ahead * 1000), advance: (seconds) => void (ahead += seconds) };
}

/** A new random root key. */
export function newKeyring(): Keyring {
  return createKeyring(new Secret(randomBytes(32)));
}

export async function startApp(options: TestAppOptions): Promise<TestApp> {
  // Everything opened so far is closed if the app refuses to start.
  await using made = new AsyncDisposableStack();
  const modal = options.modal ??
    made.use(startModalEmulator({ ...(options.switches ? { switches: options.switches } : {}) }));
  const inbox = options.inbox ?? made.use(await startMailEmulator());
  const mail = { SMTP_URL: inbox.url, MAIL_FROM: "Sallyport <auth@sallyport.test>" };
  const { google, clock = movableClock() } = options;
  const googleClient = google && {
    GOOGLE_CLIENT_ID: google.client.clientId,
    GOOGLE_CLIENT_SECRET: google.client.clientSecret,
  };
  const env: Record<string, string> = {
    MODAL_SERVER_URL: modal.url,
    ...mail,
    ...googleClient,
    ...options.env,
  };
  const config = testConfig(env);
  const app = await createApp(config, {
    openDatabase: (observe) => options.database.open(observe),
    keys: options.keys ?? newKeyring(),
    settings: settingsOf((name) => env[name]),
    emulated: ["modal", ...(google ? ["google"] : []), "mail"],
    // A mail server that is configured is never emulated.
    inboxUrl: options.env?.["SMTP_URL"] === undefined ? inbox.pageUrl : undefined,
    development: options.development ?? false,
    now: clock.now,
    ...(options.webSocketLimits ? { webSocketLimits: options.webSocketLimits } : {}),
    passwordHash: options.passwordHash ?? cheapHash(),
    // It cannot know when a test moves the clock, so it looks often.
    scheduleRefreshes: options.sweepsAlone
      ? () => ({ wake: () => {}, close: () => Promise.resolve() })
      : (services) => scheduleRefreshes(services, 500),
    // No delay by default: a worker retries a failed mail at its next poll.
    mailPauses: { firstSeconds: options.mailPauseSeconds ?? 0, mostSeconds: options.mailPauseSeconds ?? 0 },
    google: configuredGoogle(config, {
      now: clock.now,
      ...(google && { endpoints: google.endpoints }),
      ...(options.googleSeconds !== undefined && { timeoutSeconds: options.googleSeconds }),
    }),
    // Waits a hundredth of each delay. Without any delay, an endless retry loop would not be noticed.
    modal: createModalClient({
      serverUrl: config.MODAL_SERVER_URL,
      sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 10)),
    }),
  });
  made.defer(() => app.close());
  await app.work();
  const client = (token?: string) =>
    createClient({ url: "http://127.0.0.1:4000", token, fetch: (request) => app.fetch(request) });
  const operatorToken = async (role: OperatorRole = "REVEAL") => {
    const name = `${role.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}`;
    return (await createOperator(app.services, SYSTEM, { name, role, days: 1 })).token.reveal();
  };
  const running = made.move();
  return {
    ...app,
    modal,
    inbox,
    clock,
    client,
    operatorToken,
    operator: async (role) => client(await operatorToken(role)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The configuration from these variables alone, without the machine's environment. */
export function testConfig(env: Record<string, string>): Config {
  return readConfig((name) => env[name]);
}
