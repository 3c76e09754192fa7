import type { Kysely } from "kysely";
import type { NewSignIn } from "../sessions/issue_session.ts";
import { findRequiredFactors, stillHolds } from "../users/users.ts";
import type { NewEvent, Origin } from "../../events/events.ts";
import { changeWithEvents, ifChanged, insertForOwner } from "../../events/write_events.ts";
import { newFlowKey } from "../../flows/flow_key.ts";
import { type Flow, flowRow } from "../../flows/flows.ts";
import { newFlow } from "../../flows/new_flow.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type HasRandom, toBase64Url } from "../../lib/crypto.ts";
import { newId } from "../../lib/ids.ts";
import type { HasDatabase, Tables } from "../../platform/db/tables.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { openIfPossible, seal } from "../../platform/keys/seal.ts";
import type { FactorKind, SecondFactorKind } from "../../operations/assurance.ts";
import type { AllowedPasskey } from "./passkeys/options.ts";
import { passkeysOf } from "./passkeys/passkeys.ts";
import { SECOND_FACTOR } from "./factor_terms.ts";
import { countRecoveryCodes } from "./recovery_code_store.ts";

/** How long a challenge waits for a proof, and how many wrong proofs end it. */
const CHALLENGE_SECONDS = 10 * 60;
const ATTEMPTS = 5;

/** WebAuthn level 3 §13.4.3: at least 16 random bytes. */
const CHALLENGE_BYTES = 32;

/** The public part of a SECOND_FACTOR flow. */
export type ChallengeDetail = {
  purpose: "sign_in" | "step_up";
  transport: NewSignIn["transport"];
  /** The kinds of factors that it accepts. */
  factors: FactorKind[];
  attemptsLeft: number;
  /** The challenge for a passkey as base64url, and the user's passkeys; absent if the user has none. */
  passkeys?: { challenge: string; allowed: AllowedPasskey[] };
};

/** A SECOND_FACTOR flow. */
export type ChallengeFlow = Flow<ChallengeDetail>;

/** The result of the first step. It is stored only in the flow, sealed. */
export type Proven =
  | { purpose: "sign_in"; method: string; checked: NonNullable<NewSignIn["checked"]> }
  | { purpose: "step_up"; sessionId: string };

type ChallengeServices = HasDatabase & HasClock & HasKeys & HasRandom & { events?: NewEvent[] };

/**
 * Starts the SECOND_FACTOR flow of a sign-in. One statement stores the flow, writes the events of the first step and
 * runs the extra statements. Returns undefined and changes nothing if the user has no factors, is disabled or deleted,
 * or `checked` no longer holds.
 */
export async function startChallenge(
  services: ChallengeServices,
  origin: Origin,
  { userId, method, transport, checked = {}, events = [], extraStatements = [] }: NewSignIn,
): Promise<{ challenge: ChallengeFlow } | undefined> {
  const { db, events: recorded = [] } = services;
  const required = await findRequiredFactors(db, userId, checked);
  if (!required) return undefined;
  const proven: Proven = { purpose: "sign_in", method, checked };
  const { flow, started } = await newChallenge(services, origin, userId, transport, required, proven);
  const { user_id: _owner, ...row } = flowRow(flow);
  const user = db.selectFrom("users").select("id as user_id").where("id", "=", userId)
    .where(stillHolds(checked)).forKeyShare();
  const all = [...recorded, ...events, started];
  const stored = await changeWithEvents(db, user, all, [
    insertForOwner("flows", row),
    ...extraStatements.map(ifChanged),
  ]);
  if (!stored) return undefined;
  recorded.length = 0;
  return { challenge: flow };
}

/** Builds a SECOND_FACTOR flow with its key and the event of its start. Stores nothing. */
export async function newChallenge(
  services: ChallengeServices,
  origin: Origin,
  userId: string,
  transport: NewSignIn["transport"],
  required: readonly SecondFactorKind[],
  proven: Proven,
): Promise<{ flow: ChallengeFlow; started: NewEvent }> {
  const id = newId("flw");
  const { heldBy, holderHash } = newFlowKey(id, services.random);
  const detail: ChallengeDetail = {
    purpose: proven.purpose,
    transport,
    factors: [...required, ...await recoveryOf(services.db, userId)],
    attemptsLeft: ATTEMPTS,
    ...(required.includes("PASSKEY") && {
      passkeys: {
        challenge: toBase64Url(services.random(CHALLENGE_BYTES)),
        allowed: await passkeysOf(services.db, userId),
      },
    }),
  };
  const { flow, event } = newFlow(services, origin, {
    id,
    holderHash,
    kind: SECOND_FACTOR,
    status: "WAITING",
    userId,
    lifetimeSeconds: CHALLENGE_SECONDS,
    detail,
    steps: [{ name: "requested", message: "A second factor is required", data: { factors: detail.factors } }],
    sealed: await seal(services.keys, "flow", id, proven),
  });
  return { flow: { ...flow, detail, heldBy }, started: event };
}

/** Returns the kind RECOVERY_CODES if the user has codes left. */
async function recoveryOf(db: Kysely<Tables>, userId: string): Promise<FactorKind[]> {
  return await countRecoveryCodes(db, userId) > 0 ? ["RECOVERY_CODES"] : [];
}

/** Opens the sealed result of the first step. Returns undefined if its root secret is not configured any more. */
export async function openProven({ keys }: HasKeys, flow: Flow): Promise<Proven | undefined> {
  return await openIfPossible(keys, "flow", flow.id, flow.sealed ?? "") as Proven | undefined;
}

/** Narrows a flow. Throws a `TypeError` for a flow of another kind. */
export function asChallenge(flow: Flow): ChallengeFlow {
  if (flow.kind !== SECOND_FACTOR) throw new TypeError("Not a SECOND_FACTOR flow");
  return flow as ChallengeFlow;
}
