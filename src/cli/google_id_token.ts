import { readServer } from "../client/operator/running_server.ts";
import { dataFolder } from "../client/operator/variables.ts";
import { CommandFailed } from "./command.ts";
import { print } from "./print.ts";

/** `google id-token`: prints an ID token of the emulated Google, as the button on a web page returns it. */
export async function printIdToken(claims: Record<string, string>): Promise<void> {
  print(await askForIdToken(claims));
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
