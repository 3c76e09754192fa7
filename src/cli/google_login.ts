import { connect } from "./access.ts";
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
 * Connects a Google account: prints Google's page, and sends the returned parameters to the server, which
 * exchanges and stores the tokens. Without a local browser the user pastes the URL where another browser ended.
 */
export async function login({ scopes, opensBrowser }: LoginOptions): Promise<void> {
  const client = await connect();
  await using listener = listenForReturn();
  const { result } = await client.request(StartGoogleAuthorization, {
    input: { mode: "CLI", redirectUri: listener.redirectUri, ...(scopes && { scopes }) },
  });
  const { flow, googleUrl: page } = succeeded(result, "GoogleAuthorizationStarted");
  const state = new URL(page).searchParams.get("state");
  if (!state) throw new CommandFailed("The server started an authorization without a state");
  print("Open this page and allow:", "", `  ${page}`, "");
  if (opensBrowser && !await openBrowser(page)) print("(No browser could be opened.)", "");
  print("Waiting for Google's redirect. Or paste the URL where your browser ended, or the code in it:");
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
    `The tokens are stored as ${credential.id} (${credential.health})`,
  );
}

/** Returns the first typed line that is a redirect of this sign-in. Never resolves without one. */
async function pasted(state: string): Promise<GoogleReturn> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of Deno.stdin.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((line) => line.trim() !== "")) {
      const back = parsePastedReturn(line, state);
      if (back) return back;
      print("That URL does not belong to this sign-in. Paste the whole URL, or the code in it:");
    }
  }
  return await new Promise<never>(() => {});
}
