import { InvalidArgumentError } from "commander";
import type { Config } from "../config.ts";
import type { GoogleEndpoints } from "../providers/google/api/google_endpoints.ts";
import { Secret } from "../lib/secret.ts";

/** The systems that can be emulated. A system is not emulated if one of its variables is set. */
const EMULATABLE = {
  modal: ["MODAL_SERVER_URL"],
  google: ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_CREDENTIALS_FILE"],
  mail: ["SMTP_URL"],
} as const;

/** Sender of emulated mail, unless `MAIL_FROM` is set. */
const EMULATED_SENDER = { name: "Sallyport", address: "sallyport@localhost" };

export type Emulatable = keyof typeof EMULATABLE;

/** Emulators that run in this process, and the configuration to use them. */
export type Emulators = AsyncDisposable & {
  names: Emulatable[];
  config: Partial<Config>;
  /** One line per emulator with its address. */
  lines: string[];
  /** URL of the emulated inbox, if mail is emulated. */
  inbox: string | undefined;
  /** URL of the emulated Google, if it is emulated. */
  google: string | undefined;
  googleEndpoints: GoogleEndpoints | undefined;
};

/** Parses `--emulate modal,…`. Throws `InvalidArgumentError` for an unknown name. */
export function parseEmulate(list: string): Emulatable[] {
  return list.split(",").map((name) => name.trim()).filter((name) => name !== "").map((name) => {
    if (!(name in EMULATABLE)) {
      throw new InvalidArgumentError(
        `Cannot emulate ${name}: choose from ${Object.keys(EMULATABLE).join(", ")}`,
      );
    }
    return name as Emulatable;
  });
}

/** Starts an emulator for each name, unless the real system is configured. */
export async function startEmulators(
  names: readonly Emulatable[],
  env: (name: string) => string | undefined,
): Promise<Emulators> {
  const wanted = names.filter((name) => !EMULATABLE[name].some(env));
  await using stack = new AsyncDisposableStack();
  const config: { -readonly [Name in keyof Config]?: Config[Name] } = {};
  let inbox: string | undefined;
  let google: string | undefined;
  let googleEndpoints: GoogleEndpoints | undefined;
  const lines: string[] = [];
  if (wanted.includes("modal")) {
    // Loaded only here, so that a server without emulators never loads them.
    const { startModalEmulator } = await import("../emulators/modal/modal_emulator.ts");
    const emulator = await startModalEmulator();
    stack.defer(() => emulator.close());
    config.MODAL_SERVER_URL = emulator.url;
    lines.push(`Modal:  EMULATED at ${emulator.url}`);
  }
  if (wanted.includes("google")) {
    const { startGoogleEmulator } = await import("../emulators/google/google_emulator.ts");
    const emulator = stack.use(await startGoogleEmulator());
    config.GOOGLE_CLIENT_ID = [emulator.client.clientId];
    config.GOOGLE_CLIENT_SECRET = new Secret(emulator.client.clientSecret);
    google = emulator.url;
    googleEndpoints = emulator.endpoints;
    lines.push(`Google: EMULATED at ${emulator.url}`);
  }
  if (wanted.includes("mail")) {
    const { startMailEmulator } = await import("../emulators/mail/mail_emulator.ts");
    const emulator = stack.use(await startMailEmulator());
    config.SMTP_URL = new Secret(emulator.url);
    if (!env("MAIL_FROM")) config.MAIL_FROM = EMULATED_SENDER;
    inbox = emulator.pageUrl;
    lines.push(`Mail:   EMULATED, inbox at ${emulator.pageUrl}`);
  }
  const running = stack.move();
  return {
    names: wanted,
    config,
    lines,
    inbox,
    google,
    googleEndpoints,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
