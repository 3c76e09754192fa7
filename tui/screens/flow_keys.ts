import { CancelFlow, WaitForModalTokenFlow } from "../../src/client/documents.ts";
import { StartModalTokenFlow } from "../../src/client/operator/documents.ts";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import type { FlowDetail, FlowRow } from "../documents/flows.ts";
import type { Binding } from "../keys.ts";
import { type Marks, onMarked } from "../marks.ts";
import type { Terminal } from "../terminal.ts";
import { hasEnded, pageOf } from "./flow_detail.ts";
import { connectGoogle, pasteReturn } from "./google_flow.ts";

/** The keys of the Flows screen. `flow` is the live detail of `row`, once it is loaded. */
export function flowKeys(
  terminal: Terminal,
  row: FlowRow | undefined,
  flow: FlowDetail | undefined,
  marks: Marks<FlowRow>,
  choose: (id: string) => void,
): Binding[] {
  const open = row && !hasEnded(flow?.status ?? row.status);
  const page = flow && pageOf(flow);
  // Read without `useStore`: the list renders again when the greeting arrives.
  const noGoogle = terminal.api.greeting.get()?.server.googleConfigured === false;
  const timedOut = flow && "webUrl" in flow && (flow.status === "TIMED_OUT" || flow.status === "PENDING");
  const takesReturn = flow && "authorizationUrl" in flow && flow.mode === "CLI" && page && open;
  const none = row ? undefined : "No flow selected";
  return [
    {
      keys: ["n"],
      hint: "new Modal flow",
      needs: "OPERATE",
      run: () => void terminal.runAction(() => startFlow(terminal, choose)),
    },
    {
      keys: ["N"],
      hint: "connect Google",
      needs: "REVEAL",
      disabled: noGoogle ? "Google is not configured. Set GOOGLE_CLIENT_ID on the server" : undefined,
      run: () => void terminal.runAction(() => connectGoogle(terminal, choose)),
    },
    {
      keys: ["o"],
      hint: "open page",
      disabled: none ?? (page && open ? undefined : "This flow has no page to open"),
      run: () => page && void terminal.open(page),
    },
    {
      keys: ["y"],
      hint: "copy URL",
      disabled: none ?? (page ? undefined : "This flow has no page"),
      run: () => page && terminal.copy(page, "the page's URL"),
    },
    {
      keys: ["p"],
      hint: "paste URL",
      quiet: true,
      needs: "REVEAL",
      disabled: takesReturn ? undefined : "Only for a Google authorization that was started in a terminal",
      run: () => page && void terminal.runAction(() => pasteReturn(terminal, page)),
    },
    onMarked(terminal, marks, {
      keys: ["d"],
      hint: "cancel",
      needs: "OPERATE",
      danger: true,
      disabled: none ?? (open ? undefined : "This flow has ended"),
      run: () => void terminal.runAction(() => cancelFlow(terminal, row)),
    }, { question: "Cancel these flows?", act: ({ id }) => cancelOne(terminal, id) }),
    {
      keys: ["W"],
      hint: "wait again",
      needs: "OPERATE",
      disabled: none ?? (timedOut ? undefined : "Only a pending or timed-out flow can wait again"),
      run: () => void terminal.runAction(() => waitAgain(terminal, row)),
    },
    {
      keys: ["e"],
      hint: "events",
      disabled: none,
      run: () => row && terminal.enter("events", { kind: "flow", id: row.id, label: row.id }),
    },
  ];
}

/** Asks for the options, starts a Modal flow, and selects it. */
async function startFlow(terminal: Terminal, choose: (id: string) => void): Promise<string | undefined> {
  const utmSource = await terminal.askText("Source (sent to Modal; may be empty):");
  if (utmSource === undefined) return;
  const typed = await terminal.askText("Token lifetime in seconds (0 or empty: the longest):");
  if (typed === undefined) return;
  const expiresInSeconds = Number(typed.trim() || "0");
  if (!Number.isInteger(expiresInSeconds)) {
    throw new Error("The token lifetime must be a whole number of seconds");
  }
  terminal.say("Asking Modal …", "dim");
  const answer = await terminal.api.client.request(StartModalTokenFlow, {
    input: { utmSource, expiresInSeconds },
  });
  const { flow } = succeeded(answer.startModalTokenFlow, "ModalTokenFlowStarted");
  choose(flow.id);
  return "Started. Approve it on Modal's page";
}

async function cancelFlow(terminal: Terminal, row: FlowRow | undefined): Promise<string | undefined> {
  if (!row || !await terminal.confirm(`Cancel the flow ${row.id}?`)) return;
  await cancelOne(terminal, row.id);
  return "Cancelled";
}

async function cancelOne({ api }: Terminal, id: string): Promise<void> {
  succeeded((await api.client.request(CancelFlow, { id })).result, "FlowChanged");
}

async function waitAgain({ api }: Terminal, row: FlowRow | undefined): Promise<string | undefined> {
  if (!row) return;
  succeeded((await api.client.request(WaitForModalTokenFlow, { id: row.id })).result, "FlowChanged");
  return "Waiting again";
}
