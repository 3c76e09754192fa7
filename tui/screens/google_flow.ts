import {
  awaitReturn,
  type GoogleReturn,
  listenForReturn,
  parsePastedReturn,
  RETURN_TIMED_OUT,
} from "../../src/client/operator/google_return.ts";
import { StartGoogleAuthorization } from "../../src/client/documents.ts";
import { CompleteGoogleAuthorization } from "../../src/client/operator/documents.ts";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import { WatchFlow } from "../documents/flows.ts";
import { follow } from "../follow.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Starts a Google authorization that redirects to this machine, and selects its flow. Listens for the redirect until
 * the flow ends or five minutes have passed, then completes the flow with the code from the redirect.
 */
export async function connectGoogle(
  terminal: Terminal,
  choose: (flowId: string) => void,
): Promise<string | undefined> {
  const { client, leaving, wait } = terminal.api;
  const typed = await terminal.askText("Google scopes, separated by spaces (may be empty):");
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
  terminal.say("Started. Allow access on Google's page");
  const over = new AbortController();
  const signal = AbortSignal.any([leaving, over.signal]);
  const state = stateOf(page);
  const ended = follow(client, WatchFlow, () => ({ id }), { value: () => {}, refused: () => {} }, { signal })
    .then(() => "ended" as const);
  const back = await awaitReturn<GoogleReturn | "ended">(client, id, [listener.returned(state), ended], wait);
  over.abort();
  if (!back) throw new Error(RETURN_TIMED_OUT);
  return back === "ended" ? undefined : await complete(terminal, state, back);
}

/** Completes a flow whose browser is on another machine: asks for the final URL, or for the code in it. */
export async function pasteReturn(terminal: Terminal, page: string): Promise<string | undefined> {
  const typed = await terminal.askText("Final URL in the browser, or the code in it:");
  if (typed === undefined) return;
  const back = parsePastedReturn(typed, stateOf(page));
  if (!back) throw new Error("This URL or code does not belong to this flow");
  return await complete(terminal, stateOf(page), back);
}

function stateOf(page: string): string {
  return new URL(page).searchParams.get("state") ?? "";
}

async function complete({ api }: Terminal, state: string, back: GoogleReturn): Promise<string> {
  const answer = await api.client.request(CompleteGoogleAuthorization, { input: { state, ...back } });
  succeeded(answer.completeGoogleAuthorization, "FlowChanged");
  return "Connected. The tokens are in the vault";
}
