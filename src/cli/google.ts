import { parseArgs } from "node:util";
import { readServer } from "../client/operator/running_server.ts";
import { dataFolder } from "../client/operator/variables.ts";
import { connect } from "./access.ts";
import { CommandFailed, UsageError } from "./command.ts";
import { importTokenFile } from "./google_import.ts";
import { login } from "./google_login.ts";
import { print } from "./print.ts";

const GOOGLE_USAGE = `google login [--scope SCOPE]… [--no-browser]
google import FILE.json      a token file of Google's client libraries; - reads standard input
google id-token EMAIL [--nonce N] [--audience CLIENT]      only if the server emulates Google`;

/**
 * `google login` connects a Google account. `google import` imports the tokens of another program. `google
 * id-token` prints an ID token of the emulated Google, as the button on a web page returns it.
 */
export async function google(args: string[]): Promise<void> {
  const { positionals: [action, subject, more], values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      nonce: { type: "string" },
      audience: { type: "string" },
      scope: { type: "string", multiple: true },
      "no-browser": { type: "boolean", default: false },
    },
  });
  const { scope: scopes, "no-browser": noBrowser, ...claims } = values;
  if (action === "login" && subject === undefined) {
    return await login(await connect(), { scopes, opensBrowser: !noBrowser });
  }
  if (!subject || more !== undefined) throw new UsageError(`Usage:\n${GOOGLE_USAGE}`);
  const plain = !scopes && !noBrowser && Object.keys(claims).length === 0;
  if (action === "import" && plain) return await importTokenFile(subject);
  if (action !== "id-token") throw new UsageError(`Usage:\n${GOOGLE_USAGE}`);
  print(await askForIdToken({ email: subject, ...claims }));
}

/** Throws `CommandFailed` if no server on this folder emulates Google, or if it rejects the request. */
async function askForIdToken(input: Record<string, string>): Promise<string> {
  const server = await readServer(dataFolder());
  if (!server?.google) {
    throw new CommandFailed(
      "No server on this folder emulates Google: start one with `deno task dev`, without GOOGLE_CLIENT_ID",
    );
  }
  const url = new URL(`/emulated/id-token?${new URLSearchParams(input)}`, server.google);
  const response = await fetch(url, { method: "POST" }).catch(() => undefined);
  if (response?.status === 400) throw new CommandFailed((await response.text()).trim());
  if (!response?.ok) {
    await response?.body?.cancel();
    throw new CommandFailed(
      `The emulated Google at ${server.google} does not answer: start the server again`,
    );
  }
  const { idToken } = await response.json() as { idToken: string };
  return idToken;
}
