import type { Config } from "../config.ts";
import type { GoogleEndpoints } from "../providers/google/api/google_endpoints.ts";
import { Secret } from "../lib/secret.ts";
import { UsageError } from "./command.ts";

/** What can be emulated, and the variables that say the real thing is configured instead. */
const EMULATABLE = {
  modal: ["MODAL_SERVER_URL"],
  google: ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_CREDENTIALS_FILE"],
  mail: ["SMTP_URL"],
} as const;

/** Who emulated mail is from, unless MAIL_FROM says. */
const EMULATED_SENDER = { name: "Sallyport", address: "sallyport@localhost" };

type Emulatable = keyof typeof EMULATABLE;

/** Stand-ins that run in this process, and the configuration that leads to them. */
export type Emulators = AsyncDisposable & {
  names: Emulatable[];
  config: Partial<Config>;
  /** A line for each, saying where it is. */
  lines: string[];
  /** Where the emulated inbox can be read, when mail is emulated. */
  inbox: string | undefined;
  /** Where the emulated Google is, when it is emulated. */
  google: string | undefined;
  googleEndpoints: GoogleEndpoints | undefined;
};

/** Reads `--emulate modal,…`. Throws `UsageError` on a name that cannot be emulated. */
export function parseEmulate(list: string): Emulatable[] {
  return list.split(",").map((name) => name.trim()).filter((name) => name !== "").map((name) => {
    if (!(name in EMULATABLE)) {
      throw new UsageError(`Cannot emulate ${name}: choose from ${Object.keys(EMULATABLE).join(", ")}`);
    }
    return name as Emulatable;
  });
}

/** Starts a stand-in for each name whose real thing is not configured: a set variable wins. */
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
    // Loaded here alone: a server that emulates nothing does not even load the emulator.
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
