import type { Client } from "../client/operator/client.ts";
import { cancellingOnInterrupt } from "./cancel_on_interrupt.ts";
import { CommandFailed } from "./command.ts";
import {
  awaitReturn,
  type GoogleReturn,
  listenForReturn,
  parsePastedReturn,
  RETURN_TIMED_OUT,
} from "../client/operator/google_return.ts";
import { openBrowser } from "../client/operator/open_browser.ts";
import { StartGoogleAuthorization } from "../client/documents.ts";
import { CompleteGoogleAuthorization } from "../client/operator/documents.ts";
import { succeeded } from "../client/operator/succeeded.ts";
import { print } from "./print.ts";

export type LoginOptions = { scopes: string[] | undefined; opensBrowser: boolean };

/**
 * Connects a Google account: shows Google's page, and hands what the browser comes back with to the server, which
 * exchanges it and keeps the tokens. On a machine without a browser the URL that one elsewhere ended at is pasted.
 */
export async function login(client: Client, { scopes, opensBrowser }: LoginOptions): Promise<void> {
  await using listener = listenForReturn();
  const { result } = await client.request(StartGoogleAuthorization, {
    input: { mode: "CLI", redirectUri: listener.redirectUri, ...(scopes && { scopes }) },
  });
  const { flow, googleUrl: page } = succeeded(result, "GoogleAuthorizationStarted");
  const state = new URL(page).searchParams.get("state");
  if (!state) throw new CommandFailed("The server started an authorization without a state");
  print("Open this page and allow:", "", `  ${page}`, "");
  if (opensBrowser && !await openBrowser(page)) print("(No browser could be opened here.)", "");
  print("Waiting for you to come back; or paste the URL that your browser ended at, or its code:");
  const back = await cancellingOnInterrupt(
    client,
    flow.id,
    () => awaitReturn(client, flow.id, [listener.returned(state), pasted(state)]),
  );
  if (!back) throw new CommandFailed(RETURN_TIMED_OUT);
  const { completeGoogleAuthorization } = await client.request(CompleteGoogleAuthorization, {
    input: { state, ...back },
  });
  const done = succeeded(completeGoogleAuthorization, "FlowChanged").flow;
  const credential = "credential" in done ? done.credential : null;
  if (!credential) throw new CommandFailed(`The flow ended without a credential (${done.status})`);
  print(
    `Connected ${credential.label}`,
    `The tokens lie in the vault as ${credential.id} (${credential.health})`,
  );
}

/** Of the lines that are typed, the first that is a return; without end when there is none. */
async function pasted(state: string): Promise<GoogleReturn> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of Deno.stdin.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((line) => line.trim() !== "")) {
      const back = parsePastedReturn(line, state);
      if (back) return back;
      print("That is not where this sign-in ends. Paste the whole URL, or the code in it:");
    }
  }
  return await new Promise<never>(() => {});
}
