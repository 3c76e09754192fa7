import { useMemo } from "react";
import { CancelFlow, WaitAgain } from "../../src/client/operator_documents.ts";
import { succeeded } from "../../src/client/succeeded.ts";
import { type FlowRow, ListFlows, StartModalFlow, WatchFlow } from "../documents/flows.ts";
import type { Line } from "../lines.tsx";
import { type Column, ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { relative } from "../time.ts";
import { useLive, useNow } from "../use_server.ts";
import { useRows } from "../use_rows.ts";
import { rowsLike } from "../rows_like.ts";
import { flowLines, hasEnded, KIND, pageOf, STATUS } from "./flow_detail.ts";
import { connectGoogle, pasteReturn } from "./google_flow.ts";

/** The dashboard: every flow, and the chosen one live. */
export function FlowsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter, chosen } = useStore(place.list);
  const now = useNow();
  const { value, problem, loading, reload, hasOlder, readOlder } = useRows(
    "flows",
    async (page) => (await client.request(ListFlows, page)).flows,
    ["flow.", "email_code."],
  );
  const rows = useMemo(() => rowsLike(value ?? [], filter), [value, filter]);
  const watched = rows.find(({ id }) => id === chosen) ?? rows[0];
  const live = useLive(WatchFlow, watched && { id: watched.id });
  const flow = live.value?.flow.id === watched?.id ? live.value?.flow : undefined;
  const modal = flow && "webUrl" in flow ? flow : undefined;
  const page = flow && pageOf(flow);
  const noGoogle = useStore(terminal.api.greeting)?.server.googleConfigured === false;
  const open = (row: FlowRow | undefined) => row && !hasEnded(flow?.status ?? row.status);

  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Flows"
      rows={rows}
      keyOf={({ id }) => id}
      columns={columns(now)}
      detail={(row): readonly Line[] =>
        flow && flow.id === row.id ? flowLines(flow, now) : [[
          live.problem ? { text: live.problem, tone: "bad" } : { text: "Reading the flow …", tone: "dim" },
        ]]}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      empty={filter ? "No flow is like that" : "There is no flow yet: n starts one"}
      bindings={(row) => [
        {
          keys: ["n"],
          hint: "new Modal flow",
          needs: "OPERATE",
          run: () => void terminal.act(() => startFlow(terminal, choose)),
        },
        {
          keys: ["N"],
          hint: "connect Google",
          needs: "OPERATE",
          disabled: noGoogle ? "This server has no client at Google: see GOOGLE_CLIENT_ID" : undefined,
          run: () => void terminal.act(() => connectGoogle(terminal, choose)),
        },
        {
          keys: ["o"],
          hint: "open page",
          disabled: page && open(row) ? undefined : "This flow has no page to open now",
          run: () =>
            page && void terminal.act(async () =>
              await terminal.api.desktop.open(page) ? "Opened in the browser" : `No browser here: ${page}`
            ),
        },
        {
          keys: ["y"],
          hint: "copy URL",
          disabled: page ? undefined : "This flow has no page",
          run: () => page && terminal.copy(page, "the page's URL"),
        },
        {
          keys: ["p"],
          hint: "paste return",
          quiet: true,
          needs: "OPERATE",
          disabled: flow && "authorizationUrl" in flow && flow.mode === "CLI" && page && open(row)
            ? undefined
            : "Only a Google authorization of a terminal waits for that",
          run: () => page && void terminal.act(() => pasteReturn(terminal, page)),
        },
        {
          keys: ["c"],
          hint: "cancel",
          needs: "OPERATE",
          disabled: open(row) ? undefined : "This flow has ended",
          run: () => void terminal.act(() => cancelFlow(terminal, row)),
        },
        {
          keys: ["w"],
          hint: "wait again",
          needs: "OPERATE",
          disabled: modal && (modal.status === "TIMED_OUT" || modal.status === "PENDING")
            ? undefined
            : "Only a flow that timed out is waited for again",
          run: () => void terminal.act(() => waitAgain(terminal, row)),
        },
        {
          keys: ["e"],
          hint: "its events",
          disabled: row ? undefined : "There is no flow",
          run: () => row && terminal.enter("events", { kind: "flow", id: row.id, label: row.id }),
        },
        { keys: ["r"], hint: "reload", quiet: true, run: reload },
      ]}
    />
  );

  function choose(id: string): void {
    reload();
    place.list.update((now) => ({ ...now, chosen: id, filter: "", open: width < 100, scrolled: 0 }));
  }
}

function columns(now: number): Column<FlowRow>[] {
  return [
    {
      title: "STATUS",
      cells: 11,
      of: ({ status }) => ({ text: `${STATUS[status].sign} ${status}`, tone: STATUS[status].tone }),
    },
    { title: "KIND", cells: 12, of: ({ kind }) => KIND[kind] },
    { title: "FOR", of: nameOf },
    { title: "STARTED", cells: 16, of: ({ createdAt }) => ({ text: relative(createdAt, now), tone: "dim" }) },
  ];
}

function nameOf(row: FlowRow): string {
  const known = row.user?.username ?? row.user?.email;
  return known ?? ("email" in row ? row.email : "workspace" in row && row.workspace || "an operator");
}

/** Asks how, starts the flow, and goes to it. */
async function startFlow(terminal: Terminal, choose: (id: string) => void): Promise<string | undefined> {
  const utmSource = await terminal.askText("Source (what Modal is told; may be empty):");
  if (utmSource === undefined) return;
  const typed = await terminal.askText("The token's life in seconds (0 or empty: the longest):");
  if (typed === undefined) return;
  const expiresInSeconds = Number(typed.trim() || "0");
  if (!Number.isInteger(expiresInSeconds)) throw new Error("The life of a token is a number of seconds");
  terminal.say("Asking Modal …", "dim");
  const answer = await terminal.api.client.request(StartModalFlow, {
    input: { utmSource, expiresInSeconds },
  });
  const { flow } = succeeded(answer.startModalTokenFlow, "ModalTokenFlowStarted");
  choose(flow.id);
  return "Started: approve it on Modal's page";
}

async function cancelFlow({ api, confirm }: Terminal, row: FlowRow | undefined): Promise<string | undefined> {
  if (!row || !await confirm(`Cancel the flow ${row.id}?`)) return;
  succeeded((await api.client.request(CancelFlow, { id: row.id })).cancelFlow, "FlowChanged");
  return "Cancelled";
}

async function waitAgain({ api }: Terminal, row: FlowRow | undefined): Promise<string | undefined> {
  if (!row) return;
  succeeded((await api.client.request(WaitAgain, { id: row.id })).waitForModalTokenFlow, "FlowChanged");
  return "Waiting again";
}
