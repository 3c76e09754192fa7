import type { Config } from "../config.ts";
import type { RunningServer } from "../client/operator/running_server.ts";
import { Secret } from "../lib/secret.ts";
import type { AppOverrides } from "../wiring/app_overrides.ts";

/** An emulator that runs in this process. */
export type Emulated = AsyncDisposable & {
  /** The configuration to use it, and parts of the app to replace. */
  config: Partial<Config>;
  overrides?: Partial<AppOverrides>;
  /** Added to the file that announces the server to clients on this machine. */
  announced?: Partial<RunningServer>;
  /** One line with its address. */
  line: string;
};

/** An external system that can be emulated. */
export type Emulator = {
  name: string;
  /** The system is not emulated if one of these variables is set. */
  variables: readonly string[];
  /** Loads and starts it, so that a server without emulators never loads them. */
  start: (env: (name: string) => string | undefined) => Promise<Emulated>;
};

/** Sender of emulated mail, unless `MAIL_FROM` is set. */
const EMULATED_SENDER = { name: "Sallyport", address: "sallyport@localhost" };

/** All systems that can be emulated. */
export const EMULATORS: readonly Emulator[] = [
  {
    name: "modal",
    variables: ["MODAL_SERVER_URL"],
    start: async () => {
      const { startModalEmulator } = await import("./modal/modal_emulator.ts");
      const emulator = startModalEmulator();
      return {
        config: { MODAL_SERVER_URL: emulator.url },
        line: `Modal:  EMULATED at ${emulator.url}`,
        [Symbol.asyncDispose]: () => emulator.close(),
      };
    },
  },
  {
    name: "google",
    variables: ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_CREDENTIALS_FILE"],
    start: async () => {
      const { startGoogleEmulator } = await import("./google/google_emulator.ts");
      const emulator = await startGoogleEmulator();
      const { clientId, clientSecret } = emulator.client;
      return {
        config: { GOOGLE_CLIENT_ID: [clientId], GOOGLE_CLIENT_SECRET: new Secret(clientSecret) },
        overrides: { googleEndpoints: emulator.endpoints },
        announced: { google: emulator.url },
        line: `Google: EMULATED at ${emulator.url}`,
        [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "mail",
    variables: ["SMTP_URL"],
    start: async (env) => {
      const { startMailEmulator } = await import("./mail/mail_emulator.ts");
      const emulator = await startMailEmulator();
      return {
        config: {
          SMTP_URL: new Secret(emulator.url),
          ...(!env("MAIL_FROM") && { MAIL_FROM: EMULATED_SENDER }),
        },
        overrides: { inboxUrl: emulator.pageUrl },
        announced: { inbox: emulator.pageUrl },
        line: `Mail:   EMULATED, inbox at ${emulator.pageUrl}`,
        [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
      };
    },
  },
];
