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

/** Settings for polling a Modal flow. */
export type ModalWaitSettings = {
  /** Maximum duration of one poll. */
  pollSeconds: number;
  /** Polls in one round. Afterwards the flow is TIMED_OUT and can be waited for again. */
  maxAttempts: number;
  /** Lifetime of a flow until it is EXPIRED, polled or not. */
  flowLifetimeSeconds: number;
};

/** A wait that this instance has claimed. Results are stored only under this claim. */
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
    /** Starts polling in this process for a wait that was just stored as its own. */
    beginWait: (wait: HeldWait) => void;
  };

/** The public detail of a Modal token flow. */
export type ModalFlowDetail = {
  tokenFlowId: string | null;
  webUrl: string | null;
  /** Polls started in the present round. */
  attempt: number;
  maxAttempts: number;
  pollSeconds: number;
  workspace: string | null;
};

export type ModalTokenFlow = Flow<ModalFlowDetail>;

/**
 * Narrows `flow` to a Modal token flow.
 *
 * @throws FlowNotFound for a flow of another kind.
 */
export function asModalTokenFlow(flow: Flow): ModalTokenFlow {
  if (flow.kind !== MODAL_TOKEN) throw new FlowNotFound();
  return flow as ModalTokenFlow;
}

/** Secrets that Modal returned with the flow. Only the user who started the flow may see the code. */
type FlowSecrets = { waitSecret: string; code: string };

/**
 * Opens the secrets of the flow; undefined once it has ended.
 *
 * @throws CannotOpen.
 */
export async function flowSecrets(
  keys: HasKeys["keys"],
  flow: Pick<Flow, "id" | "sealed">,
): Promise<{ waitSecret: Secret; code: string } | undefined> {
  if (!flow.sealed) return undefined;
  const { waitSecret, code } = await open(keys, "flow", flow.id, flow.sealed) as FlowSecrets;
  return { waitSecret: new Secret(waitSecret), code };
}

export type StartModalTokenFlowInput = CreateTokenFlowInput & {
  /** Whether to start polling at once. */
  wait: boolean;
};

/**
 * Creates a token flow at Modal and, if `wait` is set, starts polling until the user approves it. Afterwards the flow
 * is stored with its URL. This instance polls it; if it stops, another instance takes over. If Modal cannot be
 * reached or refuses, the flow is stored as FAILED.
 *
 * @throws ModalUnreachable or ModalRejected if Modal fails.
 * @throws Unauthenticated for unauthenticated callers.
 * @throws Forbidden for guests, and for operators without OPERATE.
 * @throws InvalidInput for invalid input.
 * @throws RateLimited if the user has started too many flows.
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
      // Our own failures end the flow too, so that clients do not wait for a flow that never started.
      const reported = error instanceof AuthError
        ? error
        : new Unavailable("Cannot start the flow: the server failed");
      await inTransaction(services, async (tx) => {
        const locked = await lockFlowFor(tx, caller, flow.id);
        if (!hasEnded(locked)) await changeFlow(tx, origin, locked, failure(reported));
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

/** Creates the flow at Modal. Returns the change to our flow. */
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

/**
 * Converts warnings of Modal to steps of `flow`. Each warning is added once, although Modal repeats it with every
 * response.
 */
export function warningSteps(flow: Pick<Flow, "steps">, warnings: readonly string[]) {
  const known = new Set(flow.steps.map((step) => step.message));
  const fresh = [...new Set(warnings)].filter((message) => !known.has(message));
  return fresh.map((message) => ({ name: "server_warning", message, data: {} }));
}

/**
 * Starts or restarts polling and returns at once. A flow that is already being polled is left unchanged.
 *
 * @throws FlowNotFound or Forbidden.
 * @throws FlowEnded if the flow has ended or has just expired.
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

/** `expires_in_seconds` is a uint32 in the protocol. */
const MAX_EXPIRES_IN_SECONDS = 2 ** 32 - 1;

function checkInput(input: StartModalTokenFlowInput): void {
  const { localhostPort, expiresInSeconds, nextUrl, utmSource } = input;
  if (!Number.isInteger(localhostPort) || localhostPort < 0 || localhostPort > 65_535) {
    throw new InvalidInput("Cannot start a flow: localhostPort is not a port (0 for none, up to 65535)");
  }
  if (
    !Number.isInteger(expiresInSeconds) || expiresInSeconds < 0 || expiresInSeconds > MAX_EXPIRES_IN_SECONDS
  ) {
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
