import type { FlowDetail, FlowRow, FlowStep, GoogleFlowDetail, ModalFlowDetail } from "../documents/flows.ts";
import { jsonLines } from "../json_lines.ts";
import { largeText } from "../large_text.ts";
import { field, type Line } from "../lines.tsx";
import { SIGN, type Tone } from "../theme.ts";
import { FACTOR } from "./factor_lines.ts";
import { dayTime, duration, relative } from "../time.ts";

/** The sign and tone of each status. */
const STATUS: Record<FlowRow["status"], { sign: string; tone: Tone }> = {
  PENDING: { sign: SIGN.open, tone: "plain" },
  WAITING: { sign: SIGN.waiting, tone: "accent" },
  TIMED_OUT: { sign: SIGN.warn, tone: "warn" },
  SUCCEEDED: { sign: SIGN.good, tone: "good" },
  FAILED: { sign: SIGN.bad, tone: "bad" },
  EXPIRED: { sign: SIGN.warn, tone: "warn" },
  CANCELLED: { sign: SIGN.dim, tone: "dim" },
};

export const KIND: Record<FlowRow["kind"], string> = {
  MODAL_TOKEN: "Modal token",
  GOOGLE_AUTHORIZATION: "Google authorization",
  EMAIL_CODE: "E-mail code",
  SECOND_FACTOR: "Second factor",
};

/** The sign, word and tone of a flow. A flow whose last poll got no answer from Modal is retrying. */
export function statusOf(
  { status, ...flow }: { status: FlowRow["status"]; steps?: readonly Pick<FlowStep, "name">[] },
): { text: string; tone: Tone } {
  if (status === "WAITING" && flow.steps?.at(-1)?.name === "unreachable") {
    return { text: `${SIGN.warn} RETRYING`, tone: "warn" };
  }
  const { sign, tone } = STATUS[status];
  return { text: `${sign} ${status}`, tone };
}

export function hasEnded(status: FlowRow["status"]): boolean {
  return status !== "PENDING" && status !== "WAITING" && status !== "TIMED_OUT";
}

/** The detail of a flow: what to do next, the failure, and every step. */
export function flowLines(flow: FlowDetail, now: number): Line[] {
  return [
    [{ text: `${KIND[flow.kind]}  `, tone: "title" }, statusOf(flow)],
    [{ text: flow.id, tone: "dim" }],
    [],
    ...("webUrl" in flow ? dashboard(flow, now) : []),
    ...("authorizationUrl" in flow ? googleLines(flow) : []),
    ...failure(flow),
    ...field("for", flow.user?.username ?? flow.user?.email ?? ("email" in flow ? flow.email : undefined)),
    ...field("started", relative(flow.createdAt, now)),
    ...(hasEnded(flow.status) ? [] : field("expires", relative(flow.expiresAt, now))),
    ...("factors" in flow ? field("accepts", flow.factors.map((kind) => FACTOR[kind]).join(", ")) : []),
    ...("attemptsLeft" in flow && !hasEnded(flow.status)
      ? field("tries left", String(flow.attemptsLeft))
      : []),
    [],
    [{ text: "What happened", tone: "title" }],
    ...flow.steps.toReversed().flatMap((step) => stepLines(step, now)),
  ];
}

/** The page to open in a browser; null when the flow has none, has ended, or belongs to another user. */
export function pageOf(flow: FlowDetail): string | null {
  return "webUrl" in flow ? flow.webUrl : "authorizationUrl" in flow ? flow.authorizationUrl : null;
}

/** The requested scopes, the credential, and Google's page. */
function googleLines({ scopes, authorizationUrl, credential, mode }: GoogleFlowDetail): Line[] {
  return [
    ...field("scopes", scopes.join(" ")),
    ...(credential ? field("credential", `${credential.label}  ${credential.health}`) : []),
    ...(authorizationUrl
      ? [
        [{ text: "Allow access at Google (o opens, y copies)", tone: "dim" as const }],
        [{ text: authorizationUrl, tone: "accent" as const }],
        [],
      ]
      : []),
    ...(authorizationUrl && mode === "CLI"
      ? [[{
        text: "Browser on another machine? Press p and paste the URL of the page that it cannot open",
        tone: "dim" as const,
      }], []]
      : []),
  ];
}

/** The failure and its remedy. */
function failure({ failure }: FlowDetail): Line[] {
  if (!failure) return [];
  return [
    [{ text: `${SIGN.bad} `, tone: "bad" }, { text: `${failure.message} (${failure.code})`, tone: "bad" }],
    ...(failure.actionRequired
      ? [[{ text: "→ ", tone: "accent" as const }, { text: failure.actionRequired, tone: "accent" as const }]]
      : []),
    [],
  ];
}

/** The four steps of a Modal flow, then the page on which to approve it. */
function dashboard(flow: ModalFlowDetail, now: number): Line[] {
  const named = (name: string) => flow.steps.findLast((step) => step.name === name);
  const [ready, created, received, verified] = ["client_ready", "flow_created", "tokens_received", "verified"]
    .map(named);
  const over = hasEnded(flow.status);
  const waited = received !== undefined || flow.status === "SUCCEEDED";
  return [
    stepLine(1, "Client ready", ready !== undefined, !over && !ready, ready?.message),
    stepLine(2, "Flow created", created !== undefined, !over && !!ready && !created, flow.tokenFlowId),
    stepLine(3, "Waiting", waited, flow.status === "WAITING", waitingText(flow, now)),
    stepLine(
      4,
      "Tokens received",
      received !== undefined,
      false,
      received && (verified ? "stored and verified" : "stored; verifying them with Modal"),
    ),
    ...noAnswer(flow),
    [],
    ...field("workspace", flow.workspace),
    ...(flow.credential
      ? field("credential", `${flow.credential.tokenId ?? flow.credential.id}  ${flow.credential.health}`)
      : []),
    ...(over ? [] : whereToApprove(flow)),
  ];
}

/** The reason why the last poll failed. */
function noAnswer(flow: ModalFlowDetail): Line[] {
  const last = flow.steps.at(-1);
  if (flow.status !== "WAITING" || last?.name !== "unreachable") return [];
  return [[], [{ text: `${SIGN.warn} `, tone: "warn" }, {
    text: `The last poll failed: ${last.message}. Trying again`,
    tone: "warn",
  }]];
}

function stepLine(
  number: number,
  name: string,
  done: boolean,
  running: boolean,
  about: string | null | undefined,
): Line {
  const sign = done ? SIGN.good : running ? SIGN.waiting : SIGN.open;
  const tone = done ? "good" : running ? "accent" : "dim";
  return [
    { text: `${sign} ${number} ${name.padEnd(16)}`, tone },
    { text: about ?? "", tone: "plain" },
  ];
}

function waitingText({ status, attempt, maxAttempts, pollSeconds, updatedAt }: ModalFlowDetail, now: number) {
  if (status === "TIMED_OUT") return "timed out; press W to wait again";
  if (status !== "WAITING") return undefined;
  const left = pollSeconds - (now - Date.parse(updatedAt)) / 1000;
  return `poll ${attempt} of ${maxAttempts}, ${
    left > 0 ? `${duration(left)} left` : "waiting for Modal's answer"
  }`;
}

function whereToApprove({ webUrl, code }: ModalFlowDetail): Line[] {
  if (!webUrl) return [];
  const large = code ? largeText(code) : undefined;
  return [
    [{ text: "Approve it on this page (o opens, y copies)", tone: "dim" }],
    [{ text: webUrl, tone: "accent" }],
    [],
    ...(code ? [[{ text: `Code  ${code}`, tone: "title" as const }], []] : []),
    ...(large ? [...large.map((text): Line => [{ text, tone: "accent" }]), []] : []),
  ];
}

function stepLines({ at, name, message, data }: FlowStep, now: number): Line[] {
  return [
    [
      { text: `${dayTime(at, now)} `, tone: "dim" },
      { text: `${name}  `, tone: "accent" },
      message,
    ] satisfies Line,
    ...jsonLines(data, "         "),
  ];
}
