import { useMemo } from "react";
import { type FlowDetail, type FlowRow, ListFlows, OneFlow, WatchFlow } from "../documents/flows.ts";
import type { Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { useTerminal } from "../terminal.ts";
import { relative } from "../time.ts";
import { useLive, useNow } from "../use_server.ts";
import { idAbout, type Subject } from "../places.ts";
import { onePage, useRows } from "../use_rows.ts";
import { userSubject } from "./user_name.ts";
import { filterRows } from "../filter_rows.ts";
import { flowLines, KIND, statusOf } from "./flow_detail.ts";
import { flowKeys } from "./flow_keys.ts";

/** All flows, with a live view of the selected one. */
export function FlowsScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter, chosen, onlyTroubled } = useStore(place.list);
  const now = useNow();
  const only = idAbout(place, "flow");
  const { value, problem, loading, reload, hasOlder, readOlder } = useRows(
    only ?? `flows ${onlyTroubled}`,
    async (page) => {
      if (!only) return (await client.request(ListFlows, { ...page, onlyTroubled })).flows;
      const { flow } = await client.request(OneFlow, { id: only });
      return onePage(flow ? [flow] : []);
    },
    ["flow.", "email_code."],
  );
  const rows = useMemo(() => filterRows(value ?? [], filter), [value, filter]);
  const watched = rows.find(({ id }) => id === chosen) ?? rows[0];
  const live = useLive(WatchFlow, watched && { id: watched.id });
  const flow = live.value?.flow.id === watched?.id ? live.value?.flow : undefined;

  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Flows"
      rows={rows}
      keyOf={({ id }) => id}
      toneOf={(row) => statusOf(row).tone}
      columns={columns(now)}
      detail={(row): readonly Line[] =>
        flow && flow.id === row.id ? flowLines(flow, now) : [[
          live.problem ? { text: live.problem, tone: "bad" } : { text: "Loading the flow …", tone: "dim" },
        ]]}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      reload={reload}
      empty={filter
        ? "No flows match"
        : only
        ? "This flow no longer exists"
        : onlyTroubled
        ? "No flow needs attention"
        : "No flows yet. Press n to start one"}
      canMark
      canLimit={!only}
      leadsTo={(row) => ({
        asks: row.id,
        user: userSubject(row.user),
        credential: credentialOf(flow?.id === row.id ? flow : undefined),
      })}
      bindings={(row, marks) => flowKeys(terminal, row, flow, marks, choose)}
    />
  );

  function choose(id: string): void {
    void reload();
    place.list.update((now) => ({ ...now, chosen: id, filter: "", open: width < 100, scrolled: 0 }));
  }
}

function columns(now: number): Column<FlowRow>[] {
  return [
    {
      title: "STATUS",
      cells: 11,
      of: statusOf,
      by: ({ status }) => status,
    },
    { title: "KIND", cells: 13, of: ({ kind }) => KIND[kind], by: ({ kind }) => KIND[kind] },
    { title: "FOR", of: nameOf, by: nameOf },
    { title: "WHY", from: 78, of: ({ failure }) => ({ text: failure?.code ?? "", tone: "dim" }) },
    {
      title: "STARTED",
      cells: 16,
      of: ({ createdAt }) => ({ text: relative(createdAt, now), tone: "dim" }),
      by: ({ createdAt }) => createdAt,
    },
  ];
}

/** The credential that the flow has stored. */
function credentialOf(flow: FlowDetail | undefined): Subject | undefined {
  const credential = flow && "credential" in flow ? flow.credential : undefined;
  return credential ? { kind: "credential", id: credential.id, label: credential.label } : undefined;
}

function nameOf(row: FlowRow): string {
  const known = row.user?.username ?? row.user?.email;
  return known ?? ("email" in row ? row.email : "workspace" in row && row.workspace || "an operator");
}
