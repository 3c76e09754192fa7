import {
  comeBack,
  type GoogleReturn,
  listenForReturn,
  NOBODY_CAME_BACK,
  readPasted,
} from "../../src/client/operator/google_return.ts";
import { StartGoogleAuthorization } from "../../src/client/documents.ts";
import { CompleteGoogleAuthorization } from "../../src/client/operator/documents.ts";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import { WatchFlow } from "../documents/flows.ts";
import { follow } from "../follow.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Starts a Google authorization whose browser comes back to this machine, goes to it, and listens until it is over,
 * or for five minutes: what the browser brings is handed to the server.
 */
export async function connectGoogle(
  terminal: Terminal,
  choose: (flowId: string) => void,
): Promise<string | undefined> {
  const { client, leaving, wait } = terminal.api;
  const typed = await terminal.askText("What to ask for (Google's scopes; may be empty):");
  if (typed === undefined) return;
  const scopes = typed.split(" ").filter(Boolean);
  await using listener = listenForReturn();
  const input = {
    mode: "CLI" as const,
    redirectUri: listener.redirectUri,
    ...(scopes.length > 0 && { scopes }),
  };
  const { result } = await client.request(StartGoogleAuthorization, { input });
  const { flow: { id }, googleUrl: page } = succeeded(result, "GoogleAuthorizationStarted");
  choose(id);
  terminal.say("Started: allow it at Google's page");
  const over = new AbortController();
  const signal = AbortSignal.any([leaving, over.signal]);
  const state = stateOf(page);
  const ended = follow(client, WatchFlow, () => ({ id }), { value: () => {}, refused: () => {} }, { signal })
    .then(() => "ended" as const);
  const back = await comeBack<GoogleReturn | "ended">(client, id, [listener.returned(state), ended], wait);
  over.abort();
  if (!back) throw new Error(NOBODY_CAME_BACK);
  return back === "ended" ? undefined : await complete(terminal, state, back);
}

/** For a browser on another machine: takes the URL that it ended at, or the code in it. */
export async function pasteReturn(terminal: Terminal, page: string): Promise<string | undefined> {
  const typed = await terminal.askText("The URL that the browser ended at, or its code:");
  if (typed === undefined) return;
  const back = readPasted(typed, stateOf(page));
  if (!back) throw new Error("That is not where this authorization ends");
  return await complete(terminal, stateOf(page), back);
}

function stateOf(page: string): string {
  return new URL(page).searchParams.get("state") ?? "";
}

async function complete({ api }: Terminal, state: string, back: GoogleReturn): Promise<string> {
  const answer = await api.client.request(CompleteGoogleAuthorization, { input: { state, ...back } });
  succeeded(answer.completeGoogleAuthorization, "FlowChanged");
  return "Connected: the tokens lie in the vault";
}
