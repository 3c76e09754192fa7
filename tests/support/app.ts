import { type App, createApp } from "../../src/app.ts";
import { type Client, createClient } from "../../src/client/operator/client.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { randomBytes } from "../../src/lib/crypto.ts";
import { type ModalEmulator, startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { type MailEmulator, startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import type { ModalSwitches } from "../../src/emulators/modal/switches.ts";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { SYSTEM } from "../../src/events/events.ts";
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

/** The server in this process, with Modal and mail emulated, reached through `app.fetch`. */
export type TestApp = AsyncDisposable & App & {
  modal: ModalEmulator;
  /** Where its mail arrives. */
  inbox: MailEmulator;
  /** What time it is for the server; move it with `advance`. */
  clock: Clock;
  /** A client with a new operator token of this role. */
  operator(role?: OperatorRole): Promise<Client>;
  /** A new operator's token. */
  operatorToken(role?: OperatorRole): Promise<string>;
  /** A client with no token, or with this one. */
  client(token?: string): Client;
};

export type Clock = { now: () => Date; advance: (seconds: number) => void };

export type TestAppOptions = {
  database: TestDatabase;
  /** Environment variables, as the configuration reads them. With an empty `SMTP_URL` no mail is configured. */
  env?: Record<string, string>;
  switches?: Partial<ModalSwitches>;
  /** An emulator to share between instances; the caller closes it. */
  modal?: ModalEmulator;
  inbox?: MailEmulator;
  /** Google, emulated: see `startGoogleApp`. Without it Google is not configured. */
  google?: GoogleEmulator;
  /** How long a call to Google may take; 10 when left out. */
  googleSeconds?: number;
  /** A clock to share. */
  clock?: Clock;
  keys?: Keyring;
  development?: boolean;
  webSocketLimits?: Partial<WebSocketLimits>;
  /** Until a mail that was not taken is tried again; 0 when left out. */
  mailPauseSeconds?: number;
  /** A cheap one when left out. */
  passwordHash?: PasswordHash;
  /** Whether nothing but its sweeps tends the vault. */
  sweepsAlone?: boolean;
};

/** A clock that runs, and can be moved. */
export function movableClock(): Clock {
  let ahead = 0;
  return { now: () => new Date(Date.now() + ahead * 1000), advance: (seconds) => void (ahead += seconds) };
}

/** A root key of its own. */
export function newKeyring(): Keyring {
  return createKeyring(new Secret(randomBytes(32)));
}

export async function startApp(options: TestAppOptions): Promise<TestApp> {
  // What was made closes again, also when the app refuses to start.
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
  const config = testConfig({ MODAL_SERVER_URL: modal.url, ...mail, ...googleClient, ...options.env });
  const app = await createApp(config, {
    openDatabase: (observe) => options.database.open(observe),
    keys: options.keys ?? newKeyring(),
    emulated: ["modal", ...(google ? ["google"] : []), "mail"],
    // A mail server that is configured is never emulated.
    inboxUrl: options.env?.["SMTP_URL"] === undefined ? inbox.pageUrl : undefined,
    development: options.development ?? false,
    now: clock.now,
    ...(options.webSocketLimits ? { webSocketLimits: options.webSocketLimits } : {}),
    passwordHash: options.passwordHash ?? cheapHash(),
    ...(options.sweepsAlone ? { scheduleRefreshes: () => ({ close: () => Promise.resolve() }) } : {}),
    // None when left out: a failed mail is taken up again as soon as a worker looks.
    mailPauses: { firstSeconds: options.mailPauseSeconds ?? 0, mostSeconds: options.mailPauseSeconds ?? 0 },
    google: configuredGoogle(config, {
      now: clock.now,
      ...(google && { endpoints: google.endpoints }),
      ...(options.googleSeconds !== undefined && { timeoutSeconds: options.googleSeconds }),
    }),
    // A hundredth of each pause: retries without any would hide a loop.
    modal: createModalClient({
      serverUrl: config.MODAL_SERVER_URL,
      sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 10)),
    }),
  });
  made.defer(() => app.close());
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

/** The configuration that these variables make, and nothing of the machine's environment. */
export function testConfig(env: Record<string, string>): Config {
  return readConfig((name) => env[name]);
}
