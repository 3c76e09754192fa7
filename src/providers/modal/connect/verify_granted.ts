import { whileDatabaseIsAway } from "../../../platform/db/retry.ts";
import { AuthError } from "../../../lib/errors.ts";
import { SYSTEM } from "../../../events/events.ts";
import { failure } from "../../../flows/failure.ts";
import { changeFlow, type Flow, type FlowChange, hasEnded, lockFlow } from "../../../flows/flows.ts";
import { inTransaction, type Tx } from "../../../events/transaction.ts";
import { backOffMs, sleep } from "../../../lib/sleep.ts";
import { CredentialNotFound, findCredential, lockCredential } from "../../../vault/vault.ts";
import { type Answer, type ModalTokenInfo, ModalUnreachable } from "../api/modal_api.ts";
import { checkToken, modalTokenOf, noteFailure, noteVerified } from "../credential/modal_credential.ts";
import { type ModalServices, type ModalTokenFlow, warningSteps } from "./token_flow.ts";
import { deleteWait } from "./wait_store.ts";

type WaiterServices = Omit<ModalServices, "beginWait">;

/** Attempts to verify a new token. Later `verifyModalCredential` can verify it. */
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 8_000;

/**
 * Verifies the token of a flow with real calls, and ends the flow: SUCCEEDED if the token works or Modal cannot be
 * reached (its health then stays UNKNOWN), FAILED if Modal rejects the token.
 */
export async function verifyGranted(
  services: WaiterServices,
  flow: ModalTokenFlow,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await verify(services, flow, signal);
  if (!outcome) return;
  await whileDatabaseIsAway(signal, () => inTransaction(services, (tx) => finish(tx, flow.id, outcome)));
}

type Outcome = { kind: "verified"; answer: Answer<ModalTokenInfo> } | { kind: "failed"; error: AuthError };

async function verify(
  services: WaiterServices,
  flow: ModalTokenFlow,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      const credential = await whileDatabaseIsAway(
        signal,
        () => findCredential(services.db, flow.credentialId ?? ""),
      );
      if (!credential) {
        return signal.aborted ? undefined : { kind: "failed", error: new CredentialNotFound() };
      }
      const token = await modalTokenOf(services.keys, credential);
      return { kind: "verified", answer: await checkToken(services.modal, token) };
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      if (!(error instanceof ModalUnreachable) || tries >= MAX_TRIES) return { kind: "failed", error };
      await sleep(backOffMs(tries, FIRST_PAUSE_MS, MAX_PAUSE_MS), signal);
    }
  }
  return undefined;
}

async function finish(tx: Tx<WaiterServices>, flowId: string, outcome: Outcome): Promise<void> {
  const flow = await lockFlow(tx.db, flowId);
  await deleteWait(tx.db, flowId);
  if (!flow || hasEnded(flow) || !flow.credentialId) return;
  const credential = await lockCredential(tx.db, flow.credentialId);
  if (!credential || credential.revokedAt) {
    await changeFlow(tx, SYSTEM, flow, failure(new CredentialNotFound()));
    return;
  }
  if (outcome.kind === "verified") {
    const { value: info, warnings } = outcome.answer;
    await noteVerified(tx, SYSTEM, flow.credentialId, info);
    await changeFlow(tx, SYSTEM, flow, verified(flow, info, warnings));
    return;
  }
  await noteFailure(tx, SYSTEM, flow.credentialId, outcome.error);
  const postponed = outcome.error instanceof ModalUnreachable;
  await changeFlow(
    tx,
    SYSTEM,
    flow,
    postponed ? verificationPostponed(outcome.error) : failure(outcome.error),
  );
}

function verified(flow: Flow, info: ModalTokenInfo, warnings: string[]): FlowChange {
  const workspace = info.workspaceName;
  return {
    status: "SUCCEEDED",
    failure: null,
    detail: { workspace },
    steps: [
      ...warningSteps(flow, warnings),
      {
        name: "verified",
        message: `The token works${workspace ? ` in the workspace ${workspace}` : ""}`,
        data: {
          workspace,
          tokenId: info.tokenId,
          tokenName: info.tokenName ?? null,
          username: info.username ?? null,
          expiresAt: info.expiresAt?.toISOString() ?? null,
        },
      },
    ],
  };
}

function verificationPostponed(error: AuthError): FlowChange {
  return {
    status: "SUCCEEDED",
    failure: null,
    steps: [{
      name: "verification_postponed",
      message: `Tokens are stored, not verified yet: ${error.message}`,
      data: {},
    }],
  };
}
