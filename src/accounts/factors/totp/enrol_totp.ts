import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasRandom } from "../../../lib/crypto.ts";
import { isId, newId } from "../../../lib/ids.ts";
import type { HasPublicUrl } from "../../../lib/public_url.ts";
import { Secret } from "../../../lib/secret.ts";
import { type Caller, personOf, refuseGuests } from "../../../operations/caller.ts";
import { openIfPossible, seal } from "../../../platform/keys/seal.ts";
import { accountName } from "../account_name.ts";
import { type AddedFactor, addFactor, type AddServices, requireRoom } from "../add_factor.ts";
import { requireFreshProof } from "../step_up.ts";
import { SecondFactorRejected } from "../factors.ts";
import {
  consumeEnrolment,
  type Enrolment,
  insertEnrolment,
  keepNewestEnrolments,
} from "./enrolment_store.ts";
import { newTotpSecret, normalizeTotp, stepOfCode, TOTP_NAME, totpSetup } from "./totp.ts";

export { pruneEnrolments } from "./enrolment_store.ts";

/** How long an enrolment can be confirmed, and how many codes can be tried. */
const ENROLMENT_MS = 10 * 60 * 1000;
const ATTEMPTS = 5;

/** Maximum open enrolments of a user. A further one replaces the oldest. */
const MOST_OPEN = 5;

/** An authenticator that is being added, as its owner sees it. The secret is returned only once. */
export type TotpEnrolment = { id: string; secret: Secret; uri: Secret; qrCode: Secret; expiresAt: Date };

type EnrolServices = AddServices & HasEventLog & HasPublicUrl & HasRandom;

/**
 * Starts to add an authenticator app, with a new secret. The app becomes a factor with `confirmTotp`.
 *
 * @throws `StepUpRequired`; `Forbidden` for guests; `InvalidInput` if the user has the maximum of factors;
 * `Unauthenticated`.
 */
export async function startTotpEnrolment(services: EnrolServices, caller: Caller): Promise<TotpEnrolment> {
  const person = personOf(caller);
  refuseGuests(caller);
  const id = newId("enr");
  const secret = newTotpSecret(services);
  const expiresAt = new Date(services.now().getTime() + ENROLMENT_MS);
  const user = await inTransaction(services, async (tx) => {
    const { user, session } = await requireFreshProof(tx, person, "add a second factor");
    await requireRoom(tx, user);
    const sealed = await seal(tx.keys, "factor", id, secret);
    await keepNewestEnrolments(tx.db, user.id, MOST_OPEN - 1);
    const owner = { userId: user.id, sessionId: session.id };
    await insertEnrolment(tx.db, { id, ...owner, sealed, attemptsLeft: ATTEMPTS, expiresAt });
    return user;
  });
  const issuer = new URL(services.publicUrl()).host;
  const { uri, qrCode } = totpSetup(secret, issuer, accountName(user));
  return { id, secret: new Secret(secret), uri: new Secret(uri), qrCode: new Secret(qrCode), expiresAt };
}

/**
 * Adds the authenticator if the code is right, and raises the session: the code has proven the factor. Creates and
 * returns recovery codes with the user's first factor.
 *
 * @throws `SecondFactorRejected` if the code is wrong or malformed, or the enrolment is unknown, used, expired or of
 * another session, or was sealed under a root secret that is not configured any more; `StepUpRequired`; `InvalidInput`
 * if the user has the maximum of factors; `Unauthenticated`.
 */
export async function confirmTotp(
  services: EnrolServices,
  caller: Caller,
  { enrolmentId, code: typed }: { enrolmentId: string; code: string },
): Promise<AddedFactor> {
  const person = personOf(caller);
  const code = normalizeTotp(typed);
  const added = await inTransaction(services, async (tx) => {
    // Checked again: another session may have added the first factor since the enrolment started.
    const own = await requireFreshProof(tx, person, "add a second factor");
    const enrolment = isId("enr", enrolmentId)
      ? await consumeEnrolment(tx.db, enrolmentId, tx.now())
      : undefined;
    if (enrolment?.sessionId !== own.session.id) return await restore(tx, enrolment);
    const secret = await openIfPossible(tx.keys, "factor", enrolment.id, enrolment.sealed);
    if (typeof secret !== "string") return undefined;
    const step = code === undefined ? undefined : stepOfCode(secret, code, tx.now(), 0);
    if (step === undefined) return await restore(tx, afterWrongCode(enrolment));
    await requireRoom(tx, own.user);
    const id = newId("fct");
    return await addFactor(tx, caller, own, {
      id,
      kind: "TOTP",
      name: TOTP_NAME,
      root_key_id: tx.keys.current.id,
      sealed: await seal(tx.keys, "factor", id, secret),
      last_step: String(step),
    });
  });
  if (!added) throw new SecondFactorRejected();
  return added;
}

/** Returns the enrolment with one attempt less, or undefined if that was the last attempt. */
function afterWrongCode(enrolment: Enrolment): Enrolment | undefined {
  const attemptsLeft = enrolment.attemptsLeft - 1;
  return attemptsLeft > 0 ? { ...enrolment, attemptsLeft } : undefined;
}

/** Stores an enrolment again that this request consumed but did not confirm. */
async function restore(tx: Tx<EnrolServices>, enrolment: Enrolment | undefined): Promise<undefined> {
  if (enrolment) await insertEnrolment(tx.db, enrolment);
}
