import { useMemo } from "react";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import { ListMails, type MailRow, ResendMail } from "../documents/mails.ts";
import type { Binding } from "../keys.ts";
import { field, type Line } from "../lines.tsx";
import { type Column, ListScreen } from "../list_screen.tsx";
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

/** The outbox: what waits, what was sent, what was given up. What a mail says is the emulated inbox's to show. */
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
      title={dead > 0 ? `Mail  ✗ ${dead} given up` : "Mail"}
      rows={rows}
      keyOf={({ id }) => id}
      columns={columns(now)}
      detail={(row) => mailLines(row, now, inboxUrl)}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      empty={filter
        ? "No mail is like that"
        : server?.mailConfigured === false
        ? "This server cannot send mail: it has no SMTP_URL"
        : "No mail was written yet"}
      bindings={(row) => mailKeys(terminal, row, inboxUrl, reload)}
    />
  );
}

function columns(now: number): Column<MailRow>[] {
  return [
    {
      title: "STATUS",
      cells: 10,
      of: ({ status }) => ({ text: `${STATUS[status].sign} ${status}`, tone: STATUS[status].tone }),
    },
    { title: "TO", of: ({ to }) => to },
    { title: "SUBJECT", of: ({ subject }) => subject },
    { title: "WRITTEN", cells: 16, of: (row) => ({ text: relative(row.createdAt, now), tone: "dim" }) },
  ];
}

function mailLines(row: MailRow, now: number, inboxUrl: string | null | undefined): Line[] {
  const { sign, tone } = STATUS[row.status];
  return [
    [{ text: `${row.subject}  `, tone: "title" }, { text: `${sign} ${row.status}`, tone }],
    [{ text: row.id, tone: "dim" }],
    [],
    ...(row.lastError ? [[{ text: `${SIGN.bad} `, tone: "bad" as const }, row.lastError], []] : []),
    ...field("to", row.to),
    ...field("tries", String(row.attempts)),
    ...field("written", relative(row.createdAt, now)),
    ...field("sent", dateTime(row.sentAt)),
    ...field("flow", row.flowId),
    ...(inboxUrl
      ? [
        [],
        [{ text: "Read it in the emulated inbox (o opens, y copies)", tone: "dim" as const }],
        [{ text: inboxUrl, tone: "accent" as const }],
      ]
      : []),
  ];
}

/** What can be done with a mail, and where what they say is read. */
function mailKeys(
  terminal: Terminal,
  row: MailRow | undefined,
  inboxUrl: string | null | undefined,
  reload: () => void,
): Binding[] {
  return [
    {
      keys: ["w"],
      hint: "try again now",
      needs: "OPERATE",
      disabled: row?.status === "RETRYING" || row?.status === "QUEUED"
        ? undefined
        : "Only a mail that waits can be tried at once",
      run: () => row && void terminal.runAction(() => resend(terminal, row)),
    },
    {
      keys: ["e"],
      hint: "events of its flow",
      disabled: row?.flowId ? undefined : "It belongs to no flow",
      run: () => {
        if (row?.flowId) terminal.enter("events", { kind: "flow", id: row.flowId, label: row.to });
      },
    },
    {
      keys: ["o"],
      hint: "open inbox",
      disabled: inboxUrl ? undefined : "Mail is not emulated here: it is with whom it was sent to",
      run: () => inboxUrl && void terminal.open(inboxUrl),
    },
    inboxUrl ? { keys: ["y"], hint: "copy URL", run: () => terminal.copy(inboxUrl, "the inbox's URL") } : {
      keys: ["y"],
      hint: "copy address",
      disabled: row ? undefined : "There is no mail",
      run: () => row && terminal.copy(row.to, "the address"),
    },
    { keys: ["r"], hint: "reload", quiet: true, run: reload },
  ];
}

async function resend({ api }: Terminal, row: MailRow): Promise<string> {
  return succeeded((await api.client.request(ResendMail, { id: row.id })).resendMail, "Done").message;
}
