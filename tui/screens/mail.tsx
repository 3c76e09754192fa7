import { useMemo } from "react";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import { ListMails, type MailRow, ResendMail } from "../documents/mails.ts";
import type { Binding } from "../keys.ts";
import { field, type Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import { type Marks, onMarked } from "../marks.ts";
import { filterRows } from "../filter_rows.ts";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { SIGN, type Tone } from "../theme.ts";
import { dateTime, relative } from "../time.ts";
import { useNow } from "../use_server.ts";
import { useRows } from "../use_rows.ts";

const STATUS: Record<MailRow["status"], { sign: string; tone: Tone }> = {
  QUEUED: { sign: SIGN.open, tone: "plain" },
  SENDING: { sign: SIGN.waiting, tone: "accent" },
  SENT: { sign: SIGN.good, tone: "good" },
  RETRYING: { sign: SIGN.warn, tone: "warn" },
  DEAD: { sign: SIGN.bad, tone: "bad" },
};

/** The outbox: queued, sent and undelivered mails. Only the emulated inbox shows a mail's text. */
export function MailScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client, greeting } = terminal.api;
  const server = useStore(greeting)?.server;
  const inboxUrl = server?.inboxUrl;
  const { filter } = useStore(place.list);
  const now = useNow();
  const { value, problem, loading, reload, hasOlder, readOlder } = useRows(
    "mails",
    async (page) => (await client.request(ListMails, page)).mails,
    ["mail."],
  );
  const rows = useMemo(() => filterRows(value ?? [], filter), [value, filter]);
  const dead = rows.filter(({ status }) => status === "DEAD").length;
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title={dead > 0 ? `Mail  ✗ ${dead} undelivered` : "Mail"}
      rows={rows}
      keyOf={({ id }) => id}
      toneOf={({ status }) => STATUS[status].tone}
      columns={columns(now)}
      detail={(row) => mailLines(row, now, inboxUrl)}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      reload={reload}
      empty={filter
        ? "No mails match"
        : server?.mailConfigured === false
        ? "This server cannot send mail. Set SMTP_URL"
        : "No mails yet"}
      leadsTo={({ flowId, to }) => ({
        flow: flowId ? { kind: "flow", id: flowId, label: to } : undefined,
        asks: to,
      })}
      canMark
      bindings={(row, marks) => mailKeys(terminal, row, inboxUrl, marks)}
    />
  );
}

function columns(now: number): Column<MailRow>[] {
  return [
    {
      title: "STATUS",
      cells: 10,
      of: ({ status }) => ({ text: `${STATUS[status].sign} ${status}`, tone: STATUS[status].tone }),
      by: ({ status }) => status,
    },
    { title: "TO", of: ({ to }) => to, by: ({ to }) => to },
    { title: "SUBJECT", of: ({ subject }) => subject, by: ({ subject }) => subject },
    {
      title: "TRIES",
      cells: 5,
      from: 78,
      of: ({ attempts }) => String(attempts),
      by: ({ attempts }) => attempts,
    },
    {
      title: "CREATED",
      cells: 16,
      of: (row) => ({ text: relative(row.createdAt, now), tone: "dim" }),
      by: ({ createdAt }) => createdAt,
    },
  ];
}

function mailLines(row: MailRow, now: number, inboxUrl: string | null | undefined): Line[] {
  const { sign, tone } = STATUS[row.status];
  return [
    [{ text: `${row.subject}  `, tone: "title" }, { text: `${sign} ${row.status}`, tone }],
    [{ text: row.id, tone: "dim" }],
    [],
    ...lastError(row),
    ...field("to", row.to),
    ...field("attempts", String(row.attempts)),
    ...field("created", relative(row.createdAt, now)),
    ...field("sent", dateTime(row.sentAt)),
    ...field("flow", row.flowId),
    ...(inboxUrl && row.status === "SENT"
      ? [
        [],
        [{ text: "Read it in the emulated inbox (o opens, y copies)", tone: "dim" as const }],
        [{ text: inboxUrl, tone: "accent" as const }],
      ]
      : []),
  ];
}

/** The mail server's last answer. A mail that was sent keeps the answer to an earlier try. */
function lastError({ lastError, status }: MailRow): Line[] {
  if (!lastError) return [];
  if (status === "SENT") return [[{ text: `An earlier try failed: ${lastError}`, tone: "dim" }], []];
  return [[{ text: `${SIGN.bad} `, tone: "bad" }, lastError], []];
}

/** The keys of the Mail screen. */
function mailKeys(
  terminal: Terminal,
  row: MailRow | undefined,
  inboxUrl: string | null | undefined,
  marks: Marks<MailRow>,
): Binding[] {
  return [
    onMarked(terminal, marks, {
      keys: ["W"],
      hint: "retry now",
      needs: "OPERATE",
      disabled: row?.status === "RETRYING" || row?.status === "QUEUED"
        ? undefined
        : "Only a queued or retrying mail can be retried",
      run: () => row && void terminal.runAction(() => resend(terminal, row)),
    }, { question: "Retry these mails now?", act: (row) => resend(terminal, row) }),
    {
      keys: ["e"],
      hint: "events of its flow",
      disabled: row?.flowId ? undefined : "This mail has no flow",
      run: () => {
        if (row?.flowId) terminal.enter("events", { kind: "flow", id: row.flowId, label: row.to });
      },
    },
    {
      keys: ["o"],
      hint: "open inbox",
      disabled: inboxUrl ? undefined : "Mail is not emulated here, so there is no inbox to open",
      run: () => inboxUrl && void terminal.open(inboxUrl),
    },
    inboxUrl ? { keys: ["y"], hint: "copy URL", run: () => terminal.copy(inboxUrl, "the inbox URL") } : {
      keys: ["y"],
      hint: "copy address",
      disabled: row ? undefined : "No mail selected",
      run: () => row && terminal.copy(row.to, "the address"),
    },
  ];
}

async function resend({ api }: Terminal, row: MailRow): Promise<string> {
  return succeeded((await api.client.request(ResendMail, { id: row.id })).resendMail, "Done").message;
}
