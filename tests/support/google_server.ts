import { fileURLToPath } from "node:url";
import { randomBytes } from "../../src/lib/crypto.ts";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import type { Fetch } from "../../src/http/router.ts";
import { within } from "./eventually.ts";

const SCRIPT = fileURLToPath(new URL("server_with_google.ts", import.meta.url));

export type GoogleServer = AsyncDisposable & {
  fetch: Fetch;
  /** Whether its permissions allow another listener. */
  mayListen: boolean;
  /** kill -9. */
  kill(): Promise<void>;
};

export type GoogleServerOptions = {
  secret?: Uint8Array;
  /** Restricts it to its own listener and to connections to its database and Google. */
  listensOnce?: boolean;
};

/** A server in its own process, with this database URL and this Google. */
export async function startGoogleServer(
  url: string,
  google: GoogleEmulator,
  { secret = randomBytes(32), listensOnce = false }: GoogleServerOptions = {},
): Promise<GoogleServer> {
  const addresses = ["127.0.0.1:0", new URL(url).host, new URL(google.url).host];
  const permissions = listensOnce
    ? ["--no-prompt", `--allow-net=${addresses}`, "--allow-env", "--allow-read", "--allow-ffi", "--allow-sys"]
    : ["-A"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", ...permissions, SCRIPT, JSON.stringify(google.endpoints)],
    env: {
      DATABASE_URL: url,
      SALLYPORT_SECRET: secret.toHex(),
      GOOGLE_CLIENT_ID: google.client.clientId,
      GOOGLE_CLIENT_SECRET: google.client.clientSecret,
      MODAL_SERVER_URL: "http://127.0.0.1:9",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { home, mayListen } = JSON.parse(await within("it serves", firstLine(child.stdout), 60));
  let running = true;
  const ended = child.status.then(() => running = false);
  const kill = async () => {
    if (running) child.kill("SIGKILL");
    await ended;
  };
  return {
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      return fetch(new Request(`${home}${pathname}${search}`, request));
    },
    mayListen,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

async function firstLine(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return text.trim();
}
