import { type Caller, originOf } from "../caller.ts";
import { AccountDisabled, AuthError, CodeRejected, InvalidInput, RateLimited } from "../errors.ts";
import { type Origin, recordEvent, SYSTEM } from "../events/events.ts";
import { holdsFlow, readFlowId } from "../flows/flow_key.ts";
import { changeFlow, findFlows, type Flow, type FlowChange, hasEnded, lockFlow } from "../flows/flows.ts";
import { endGuest, liveGuestOf } from "../guests/guests.ts";
import { addressBlock } from "../limits/address_block.ts";
import { inTransaction, type Services, type Tx } from "../services.ts";
import { issueSession, type SignedIn } from "../sessions/issue_session.ts";
import type { SessionTransport } from "../sessions/sessions.ts";
import { isKnownAddress } from "../users/users.ts";
import { isCode, normalizeCode } from "./code.ts";
import { spendCode, type StoredCode, takeAttempt } from "./email_code_store.ts";
import { provenUser } from "./proven_user.ts";

export type VerifyEmailCode = { flowId: string; code: string; transport: SessionTransport };

type VerifyServices = Pick<
  Services,
  "db" | "now" | "wakeLog" | "keys" | "limits" | "sessions" | "revokedSessions" | "count"
>;

/**
 * Signs in with a code, which is spent by it: whoever has it and the flow's id has the address. A user is made of an
 * address that nobody has proven before; a guest becomes that user. Throws `CodeRejected` for a code or a flow that is
 * wrong, used or expired, `InvalidInput` for what is no code (no try is used up), `RateLimited`, and
 * `AccountDisabled` after the right code.
 */
export async function verifyEmailCode(
  services: VerifyServices,
  caller: Caller,
  input: VerifyEmailCode,
): Promise<SignedIn> {
  const code = normalizeCode(input.code);
  if (!code) {
    throw new InvalidInput("Cannot take this code: it is not six digits", "Type the six digits of the mail");
  }
  const flow = await heldFlow(services, input.flowId);
  await chargeTry(services, caller, flow);
  const stored = await takeAttempt(services.db, flow.id, services.now());
  if (!stored) throw new CodeRejected();
  if (!isCode(services.keys, flow.id, code, stored.mac)) return await reject(services, caller, stored);
  const outcome = await inTransaction(services, (tx) => accept(tx, caller, stored, input.transport));
  if (outcome instanceof AuthError) {
    services.count("signInFailures");
    throw outcome;
  }
  services.count("signIns");
  return outcome;
}

/** The flow that the caller holds the key of, and whose code can still be tried. */
async function heldFlow({ db }: VerifyServices, id: string): Promise<Flow> {
  const asked = readFlowId(id);
  const flow = asked?.heldBy && (await findFlows(db, [asked.id])).get(asked.id);
  if (!asked || !flow || flow.kind !== "EMAIL_CODE" || !holdsFlow(asked, flow) || hasEnded(flow)) {
    throw new CodeRejected();
  }
  return flow;
}

/** Counts a try against the address, over all its codes. Its owner's known addresses have a reserve. */
async function chargeTry({ db, limits }: VerifyServices, { ipAddress }: Caller, flow: Flow): Promise<void> {
  const emailKey = String(flow.detail["email"]).toLowerCase();
  try {
    await limits.charge("codePerAccount", { key: emailKey });
  } catch (error) {
    if (!(error instanceof RateLimited) || !await isKnownAddress(db, emailKey, ipAddress)) throw error;
    const neighbourhood = ipAddress === null ? "" : addressBlock(ipAddress);
    await limits.charge("codePerKnownAddress", { key: `${emailKey} ${neighbourhood}` });
  }
}

/** Notes a wrong code, which commits, and then throws. The last try ends the flow. */
async function reject(
  services: VerifyServices,
  caller: Caller,
  { flowId, attemptsLeft }: StoredCode,
): Promise<never> {
  services.count("signInFailures");
  const rejected = new CodeRejected();
  await inTransaction(services, async (tx) => {
    const flow = await lockFlow(tx.db, flowId);
    recordEvent(tx, "email_code.rejected", originOf(caller), { flowId }, { attemptsLeft });
    if (!flow || hasEnded(flow)) return;
    await changeFlow(tx, originOf(caller), flow, {
      steps: [{ name: "code_rejected", message: "A wrong code was tried", data: { attemptsLeft } }],
      ...(attemptsLeft === 0 && {
        status: "FAILED",
        failure: {
          code: rejected.code,
          message: "The code was tried too often",
          actionRequired: "Ask for another code",
        },
      }),
    });
  });
  throw rejected;
}

/** What the right code leads to. A refusal is returned, not thrown: the code is spent all the same. */
async function accept(
  tx: Tx<VerifyServices>,
  caller: Caller,
  code: StoredCode,
  transport: SessionTransport,
): Promise<SignedIn | AuthError> {
  const flow = await lockFlow(tx.db, code.flowId);
  if (!flow || hasEnded(flow) || !await spendCode(tx.db, code.flowId)) return new CodeRejected();
  const guest = await liveGuestOf(tx, caller);
  const proven = await provenUser(tx, caller, code, guest);
  const { userId } = proven;
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  recordEvent(tx, "email_code.accepted", origin, { userId, flowId: flow.id }, {});
  const signedIn = await issueSession(tx, origin, {
    ...proven,
    method: "EMAIL_CODE",
    transport,
    forgotten: tx.limits.forgetting("codePerAccount", { key: code.emailKey }, "issued"),
  });
  if (signedIn && guest) await endGuest(tx, origin, guest, signedIn.session);
  await changeFlow(
    tx,
    signedIn ? origin : SYSTEM,
    flow,
    signedIn
      ? {
        status: "SUCCEEDED",
        userId,
        steps: [{ name: "signed_in", message: "Signed in", data: {} }],
      }
      : disabledFailure(),
  );
  return signedIn ?? new AccountDisabled();
}

function disabledFailure(): FlowChange {
  const { code, message } = new AccountDisabled();
  return {
    status: "FAILED",
    failure: { code, message },
    steps: [{ name: "refused", message, data: {} }],
  };
}
