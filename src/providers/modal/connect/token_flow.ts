import { MODAL_LIMITS, MODAL_TOKEN } from "../modal_terms.ts";
import {
  type Caller,
  hasRole,
  originOf,
  ownerOf,
  refusal,
  refuseGuests,
} from "../../../operations/caller.ts";
import { AuthError, InvalidInput, Unavailable } from "../../../lib/errors.ts";
import { failure } from "../../../flows/failure.ts";
import {
  changeFlow,
  expiry,
  type Flow,
  type FlowChange,
  FlowEnded,
  FlowNotFound,
  hasEnded,
  lockFlowFor,
} from "../../../flows/flows.ts";
import { createFlow } from "../../../flows/new_flow.ts";
import { open, seal } from "../../../platform/keys/seal.ts";
import { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasLimits } from "../../../operations/limits/limits.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasInstance } from "../../../operations/instances/instances.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { CreatedTokenFlow, CreateTokenFlowInput, HasModal } from "../api/modal_api.ts";
import { insertWait } from "./wait_store.ts";

/** How a Modal flow is waited for. */
export type ModalWaitSettings = {
  /** How long Modal may hold one poll. */
  pollSeconds: number;
  /** Polls in one round of waiting; then the flow is TIMED_OUT and can be waited for again. */
  maxAttempts: number;
  /** From the start until the flow is EXPIRED, waited for or not. */
  flowLifetimeSeconds: number;
};

/** A wait that this instance holds: results are stored only under this claim. */
export type HeldWait = { flowId: string; claim: number };

export type ModalServices =
  & HasClock
  & HasEventLog
  & HasRefreshHorizon
  & HasKeys
  & HasLimits
  & HasModal
  & HasInstance
  & {
    modalWait: ModalWaitSettings;
    /** Begins to poll, in this process, for a wait that was just stored as its own. */
    beginWait: (wait: HeldWait) => void;
  };

/** What a Modal token flow shows of itself. */
export type ModalFlowDetail = {
  tokenFlowId: string | null;
  webUrl: string | null;
  /** Polls begun in the present round of waiting, from 0. */
  attempt: number;
  maxAttempts: number;
  pollSeconds: number;
  workspace: string | null;
};

export type ModalTokenFlow = Flow<ModalFlowDetail>;

/** `flow` as a Modal token flow. Throws `FlowNotFound` for one of another kind. */
export function asModalTokenFlow(flow: Flow): ModalTokenFlow {
  if (flow.kind !== MODAL_TOKEN) throw new FlowNotFound();
  return flow as ModalTokenFlow;
}

/** What Modal gave us with the flow and must not be seen: the code is for the person who started it alone. */
type FlowSecrets = { waitSecret: string; code: string };

/** What the flow keeps sealed, or undefined once it has ended. Throws `CannotOpen`. */
export async function flowSecrets(
  keys: HasKeys["keys"],
  flow: Pick<Flow, "id" | "sealed">,
): Promise<{ waitSecret: Secret; code: string } | undefined> {
  if (!flow.sealed) return undefined;
  const { waitSecret, code } = await open(keys, "flow", flow.id, flow.sealed) as FlowSecrets;
  return { waitSecret: new Secret(waitSecret), code };
}

export type StartModalTokenFlowInput = CreateTokenFlowInput & {
  /** Whether to begin waiting for the person at once. */
  wait: boolean;
};

/**
 * Asks Modal for a token flow and, unless told otherwise, begins to wait for the person to approve it. True
 * afterwards: the flow exists with its URL, and if waited for it is polled here or, should this process die,
 * by another one. When Modal cannot be reached or refuses, the flow is stored as FAILED with the advice, and
 * the same is thrown (`ModalUnreachable`, `ModalRejected`). Guests and strangers are refused, and so is a user who has
 * started too many (`RateLimited`).
 */
export async function startModalTokenFlow(
  services: ModalServices,
  caller: Caller,
  input: StartModalTokenFlowInput,
): Promise<ModalTokenFlow> {
  if (caller.kind !== "user" && !hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
  refuseGuests(caller);
  checkInput(input);
  if (caller.kind === "user") await services.limits.charge(MODAL_LIMITS.modalPerUser, { key: caller.userId });
  const { pollSeconds, maxAttempts, flowLifetimeSeconds } = services.modalWait;
  const detail: ModalFlowDetail = {
    tokenFlowId: null,
    webUrl: null,
    attempt: 0,
    maxAttempts,
    pollSeconds,
    workspace: null,
  };
  const origin = originOf(caller);
  const flow = await inTransaction(services, (tx) =>
    createFlow(tx, origin, {
      kind: MODAL_TOKEN,
      userId: ownerOf(caller),
      lifetimeSeconds: flowLifetimeSeconds,
      detail,
    }));
  const change = await askModal(services, flow, input).catch(async (error) => {
    if (!(error instanceof Unavailable)) {
      // A fault of ours ends the flow too: nobody shall wait for what never began.
      const told = error instanceof AuthError
        ? error
        : new Unavailable("Cannot start the flow: the server failed");
      await inTransaction(services, async (tx) => {
        const locked = await lockFlowFor(tx, caller, flow.id);
        if (!hasEnded(locked)) await changeFlow(tx, origin, locked, failure(told));
      });
    }
    throw error;
  });
  const { started, wait } = await inTransaction(services, async (tx) => {
    const locked = await lockFlowFor(tx, caller, flow.id);
    const wait = input.wait ? await storeWait(tx, asModalTokenFlow(locked)) : undefined;
    return { started: await changeFlow(tx, origin, locked, { ...change, ...(wait ? WAITING : {}) }), wait };
  });
  if (wait) services.beginWait(wait);
  return asModalTokenFlow(started);
}

const WAITING = { status: "WAITING" } as const;

/** Reaches Modal, creates the flow there, and says what that changes about ours. */
async function askModal(
  services: ModalServices,
  flow: Flow,
  input: CreateTokenFlowInput,
): Promise<FlowChange> {
  const reached = await services.modal.reach();
  const latencyMs = Math.round(reached.latencyMs);
  const { value: created, warnings } = await services.modal.createTokenFlow(input);
  const secrets: FlowSecrets = { waitSecret: created.waitSecret.reveal(), code: created.code };
  return {
    detail: { tokenFlowId: created.tokenFlowId, webUrl: created.webUrl },
    sealed: await seal(services.keys, "flow", flow.id, secrets),
    steps: [
      {
        name: "client_ready",
        message: `Modal answers at ${services.modal.serverUrl}`,
        data: { serverUrl: services.modal.serverUrl, latencyMs },
      },
      ...warningSteps(flow, [...reached.warnings, ...warnings]),
      flowCreated(created),
    ],
  };
}

function flowCreated(created: CreatedTokenFlow) {
  const hasCode = created.code !== "";
  return {
    name: "flow_created",
    message: `Modal made a token flow${hasCode ? " and asks for a code" : ""}: open its page to approve`,
    data: { tokenFlowId: created.tokenFlowId, webUrl: created.webUrl, hasCode },
  };
}

/** What Modal's server warned of, as steps of `flow`: each warning once, though Modal repeats it with every answer. */
export function warningSteps(flow: Pick<Flow, "steps">, warnings: readonly string[]) {
  const told = new Set(flow.steps.map((step) => step.message));
  const fresh = [...new Set(warnings)].filter((message) => !told.has(message));
  return fresh.map((message) => ({ name: "server_warning", message, data: {} }));
}

/**
 * Begins, or begins again, to wait for the person, and returns at once. A flow that is being waited for stays
 * as it is. Throws `FlowNotFound`, `Forbidden`, or `FlowEnded`: also when the flow's time was just over.
 */
export async function waitForModalTokenFlow(
  services: ModalServices,
  caller: Caller,
  id: string,
): Promise<ModalTokenFlow> {
  const { flow, wait } = await inTransaction(services, async (tx) => {
    const locked = asModalTokenFlow(await lockFlowFor(tx, caller, id));
    if (locked.status === "WAITING") return { flow: locked, wait: undefined };
    if (!hasEnded(locked) && locked.expiresAt <= tx.now()) {
      return { flow: await changeFlow(tx, originOf(caller), locked, expiry()), wait: undefined };
    }
    if (hasEnded(locked) || !locked.detail.tokenFlowId) throw new FlowEnded(locked.status);
    const changed = await changeFlow(tx, originOf(caller), locked, {
      ...WAITING,
      failure: null,
      detail: { attempt: 0 },
      steps: [{ name: "waiting_again", message: "Waiting again", data: {} }],
    });
    return { flow: changed, wait: await storeWait(tx, locked) };
  });
  if (wait) services.beginWait(wait);
  if (flow.status === "EXPIRED") throw new FlowEnded(flow.status);
  return asModalTokenFlow(flow);
}

async function storeWait(tx: Tx<ModalServices>, flow: ModalTokenFlow): Promise<HeldWait> {
  const { pollSeconds, maxAttempts } = flow.detail;
  const endsAt = new Date(tx.now().getTime() + pollSeconds * maxAttempts * 1000);
  const claim = await insertWait(tx.db, { flowId: flow.id, owner: tx.instanceId, endsAt });
  return { flowId: flow.id, claim };
}

/** `expires_in_seconds` is a uint32 on the wire. */
const MOST_SECONDS = 2 ** 32 - 1;

function checkInput(input: StartModalTokenFlowInput): void {
  const { localhostPort, expiresInSeconds, nextUrl, utmSource } = input;
  if (!Number.isInteger(localhostPort) || localhostPort < 0 || localhostPort > 65_535) {
    throw new InvalidInput("Cannot start a flow: localhostPort is not a port (0 for none, up to 65535)");
  }
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 0 || expiresInSeconds > MOST_SECONDS) {
    throw new InvalidInput(
      "Cannot start a flow: expiresInSeconds is below 0 (0 for the workspace's maximum)",
    );
  }
  if (nextUrl !== "" && (!/^\/(?![/\\])[\x21-\x7e]*$/.test(nextUrl) || nextUrl.length > 500)) {
    throw new InvalidInput("Cannot start a flow: nextUrl is not a path on Modal's site, like /home");
  }
  if (!/^[\x20-\x7e]{0,100}$/.test(utmSource)) {
    throw new InvalidInput("Cannot start a flow: utmSource is longer than 100 characters, or not plain text");
  }
}
