import { MODAL } from "../modal_terms.ts";
import { LONGEST_PAUSE_MS, whileDatabaseIsAway } from "../../../platform/db/retry.ts";
import { AuthError } from "../../../lib/errors.ts";
import { SYSTEM } from "../../../events/events.ts";
import { failure } from "../../../flows/failure.ts";
import { changeFlow, expiry, type FlowChange, hasEnded, lockFlow } from "../../../flows/flows.ts";
import { CannotOpen } from "../../../platform/keys/seal.ts";
import { inTransaction, type Tx } from "../../../events/transaction.ts";
import { backOffMs, sleep } from "../../../lib/sleep.ts";
import { storeCredential } from "../../../vault/vault.ts";
import { sealable } from "../credential/modal_credential.ts";
import {
  type Answer,
  ModalRejected,
  type ModalToken,
  ModalUnreachable,
  type TokenFlowAnswer,
} from "../api/modal_api.ts";
import {
  asModalTokenFlow,
  flowSecrets,
  type HeldWait,
  type ModalServices,
  type ModalTokenFlow,
  warningSteps,
} from "./token_flow.ts";
import { verifyGranted } from "./verify_granted.ts";
import { deleteWait, lockWait, type Wait } from "./wait_store.ts";

type WaiterServices = Omit<ModalServices, "beginWait">;

/** Back-off while Modal is unreachable. */
const UNREACHABLE_FIRST_MS = 1_000;
const UNREACHABLE_MAX_MS = 30_000;

/**
 * Modal returns a token only once; later polls learn that the flow is unknown. After a take-over, the previous owner
 * may still be storing the token, or retrying because the database was unavailable. We wait this long before we
 * accept the refusal.
 */
const PREVIOUS_OWNER_MS = 2 * LONGEST_PAUSE_MS;

/**
 * Polls Modal for one wait until it is granted and verified, refused, timed out, ended by another request, or taken
 * over by another instance, or until `signal` aborts. Every step is stored before the next one starts.
 *
 * A poll that could not reach Modal does not count as an attempt and is repeated after a pause. The time limit of the
 * round (`endsAt`) ends such a wait.
 */
export async function pollUntilAnswered(
  services: WaiterServices,
  wait: HeldWait,
  signal: AbortSignal,
): Promise<void> {
  let answer: PollResult = { kind: "resume" };
  let unreachable = 0;
  while (!signal.aborted || isGranted(answer)) {
    const result = answer;
    const flow = await whileDatabaseIsAway(signal, () => store(services, wait, result, unreachable));
    if (!flow) return;
    if (flow.credentialId) return await verifyGranted(services, flow, signal);
    answer = await poll(services, flow, signal);
    if (wait.claim > 1 && isSpent(answer)) await sleep(PREVIOUS_OWNER_MS, signal);
    if (answer.kind !== "unreachable") {
      unreachable = 0;
      continue;
    }
    unreachable++;
    const pause = (answer.error.retryAfterSeconds ?? 0) * 1000;
    await sleep(Math.max(pause, backOffMs(unreachable, UNREACHABLE_FIRST_MS, UNREACHABLE_MAX_MS)), signal);
  }
}

function isGranted(result: PollResult): boolean {
  return result.kind === "answered" && result.answer.value.kind === "granted";
}

function isSpent({ kind, error }: { kind: string; error?: AuthError }): boolean {
  return kind === "rejected" && error instanceof ModalRejected && error.reason === "unknown_flow";
}

type PollResult =
  | { kind: "resume" }
  | { kind: "answered"; answer: Answer<TokenFlowAnswer> }
  | { kind: "rejected"; error: AuthError }
  | { kind: "unreachable"; error: ModalUnreachable };

async function poll(
  services: WaiterServices,
  flow: ModalTokenFlow,
  signal: AbortSignal,
): Promise<PollResult> {
  try {
    const secrets = await flowSecrets(services.keys, flow);
    const { tokenFlowId, pollSeconds } = flow.detail;
    if (!secrets || !tokenFlowId) {
      throw new CannotOpen("Cannot ask Modal for this flow: its wait secret is gone");
    }
    const secondsLeft = Math.max(1, (flow.expiresAt.getTime() - services.now().getTime()) / 1000);
    const answer = await services.modal.waitForTokenFlow({
      tokenFlowId,
      waitSecret: secrets.waitSecret,
      timeoutSeconds: Math.min(pollSeconds, secondsLeft),
    }, signal);
    return { kind: "answered", answer };
  } catch (error) {
    // We aborted the poll. It neither failed nor returned anything.
    if (signal.aborted) return { kind: "resume" };
    if (error instanceof ModalUnreachable) return { kind: "unreachable", error };
    if (error instanceof CannotOpen) return { kind: "rejected", error: cannotPoll(error) };
    if (error instanceof AuthError) return { kind: "rejected", error };
    throw error;
  }
}

/** The flow's wait secret cannot be opened any more, so the flow cannot be polled. */
function cannotPoll(error: CannotOpen): ModalRejected {
  return new ModalRejected(error.message, "other", { actionRequired: "Start a new flow" }, { cause: error });
}

/**
 * Stores the result of the last poll and, if there is another one, its start. Returns the flow to poll or verify;
 * undefined if nothing is left to do here.
 */
function store(
  services: WaiterServices,
  held: HeldWait,
  result: PollResult,
  unreachable: number,
): Promise<ModalTokenFlow | undefined> {
  return inTransaction(services, async (tx) => {
    const row = await lockFlow(tx.db, held.flowId);
    if (!row || hasEnded(row)) {
      await deleteWait(tx.db, held.flowId);
      return undefined;
    }
    const flow = asModalTokenFlow(row);
    // Modal returns a token only once, so we store it even if the wait was taken over meanwhile.
    if (result.kind === "answered" && result.answer.value.kind === "granted") {
      return await storeGranted(tx, flow, result.answer.value, result.answer.warnings);
    }
    const wait = await lockWait(tx.db, held.flowId, services.instanceId, held.claim);
    if (!wait || flow.status !== "WAITING") return undefined;
    const { change, pollAgain } = next(flow, wait, result, unreachable, tx.now());
    const changed = change ? await changeFlow(tx, SYSTEM, flow, change) : flow;
    if (!pollAgain) await deleteWait(tx.db, held.flowId);
    return pollAgain ? asModalTokenFlow(changed) : undefined;
  });
}

/** Computes the change that follows from a poll's result, and whether to poll again. */
function next(
  flow: ModalTokenFlow,
  wait: Wait,
  result: PollResult,
  unreachable: number,
  now: Date,
): { change?: FlowChange; pollAgain: boolean } {
  if (flow.credentialId) return { pollAgain: true };
  if (flow.expiresAt <= now) return { change: expiry(), pollAgain: false };
  if (result.kind === "rejected") return { change: refused(result.error), pollAgain: false };
  const { attempt, maxAttempts } = flow.detail;
  if (result.kind === "unreachable") {
    if (wait.endsAt <= now) return { change: timedOut(flow, result.error), pollAgain: false };
    // Records steps at failures 1, 2, 4, 8 and so on, so that a long outage does not fill the flow.
    const isRecorded = (unreachable & (unreachable - 1)) === 0;
    return { ...(isRecorded ? { change: unreachableStep(result.error, unreachable) } : {}), pollAgain: true };
  }
  if (result.kind === "resume" && attempt > 0) return { pollAgain: true };
  const warnings = result.kind === "answered" ? warningSteps(flow, result.answer.warnings) : [];
  if (attempt >= maxAttempts || wait.endsAt <= now) {
    return { change: timedOut(flow), pollAgain: false };
  }
  const attempts = { attempt: attempt + 1, maxAttempts };
  const waiting = {
    name: "waiting",
    message: `Waiting for approval: ${attempt + 1} of ${maxAttempts}`,
    data: attempts,
  };
  return { change: { detail: { attempt: attempt + 1 }, steps: [...warnings, waiting] }, pollAgain: true };
}

function unreachableStep(error: ModalUnreachable, times: number): FlowChange {
  const { actionRequired = "" } = error.remedy;
  const data = { times, actionRequired, ...detailOf(error) };
  return { steps: [{ name: "unreachable", message: error.message, data }] };
}

function timedOut(flow: ModalTokenFlow, cause?: ModalUnreachable): FlowChange {
  const message = cause
    ? `Stopped waiting: ${cause.message}`
    : `Stopped waiting after ${flow.detail.attempt} polls: the request was not approved on Modal's page`;
  const actionRequired = cause?.remedy.actionRequired ?? "Approve in the browser, then wait again";
  const code = cause ? cause.code : "FLOW_TIMED_OUT";
  return {
    status: "TIMED_OUT",
    failure: { code, message, actionRequired },
    steps: [{
      name: "timed_out",
      message,
      data: { attempt: flow.detail.attempt, actionRequired, ...(cause && detailOf(cause)) },
    }],
  };
}

/** Technical detail, which a flow shows only to operators. */
function detailOf({ detail }: ModalUnreachable): { detail?: string } {
  return detail === undefined ? {} : { detail };
}

function refused(error: AuthError): FlowChange {
  if (!(error instanceof ModalRejected)) return failure(error);
  if (error.reason === "expired") return expiry();
  const change = failure(error);
  if (error.reason !== "denied" || !change.failure) return change;
  return { ...change, failure: { ...change.failure, code: "AUTHORIZATION_DENIED" } };
}

async function storeGranted(
  tx: Tx<WaiterServices>,
  flow: ModalTokenFlow,
  granted: { token: ModalToken; workspace?: string },
  warnings: string[],
): Promise<ModalTokenFlow> {
  const { token, workspace } = granted;
  const credential = await storeCredential(tx, SYSTEM, {
    provider: MODAL,
    ownerId: flow.userId,
    label: workspace ?? token.tokenId,
    tokenId: token.tokenId,
    account: null,
    scopes: [],
    issuedAt: null,
    expiresAt: null,
    hasRefreshToken: false,
    secret: sealable(token),
  });
  const changed = await changeFlow(tx, SYSTEM, flow, {
    credentialId: credential.id,
    detail: { workspace: workspace ?? null },
    steps: [
      ...warningSteps(flow, warnings),
      { name: "tokens_received", message: "Tokens received and sealed", data: { tokenId: token.tokenId } },
    ],
  });
  return asModalTokenFlow(changed);
}
