import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasRandom } from "../../../lib/crypto.ts";
import { isId, newId } from "../../../lib/ids.ts";
import type { HasPublicUrl } from "../../../lib/public_url.ts";
import { Secret } from "../../../lib/secret.ts";
import { type Caller, personOf, refuseGuests } from "../../../operations/caller.ts";
import { open, seal } from "../../../platform/keys/seal.ts";
import { accountName } from "../account_name.ts";
import { type AddedFactor, addFactor, type AddServices, requireRoom } from "../add_factor.ts";
import { requireFreshProof } from "../step_up.ts";
import {
  type Ceremony,
  insertCeremony,
  keepNewestCeremonies,
  SecondFactorRejected,
  takeCeremony,
} from "../factors.ts";
import { newTotpSecret, normalizeTotp, stepOfCode, TOTP_NAME, totpSetup } from "./totp.ts";

/** How long an enrolment can be confirmed, and with how many codes. */
const ENROLMENT_MS = 10 * 60 * 1000;
const ATTEMPTS = 5;

/** Enrolments of one user at a time. A further one ends the oldest. */
const MOST_OPEN = 5;

/** An authenticator that is being added. The secret is shown once, now. */
export type TotpEnrolment = { id: string; secret: Secret; uri: Secret; qrCode: Secret; expiresAt: Date };

type EnrolServices = AddServices & HasEventLog & HasPublicUrl & HasRandom;

/**
 * Begins to add an authenticator app. It counts only after `confirmTotp`.
 *
 * @throws `StepUpRequired`, `Forbidden` for guests, `InvalidInput` if the user has too many factors.
 */
export async function startTotpEnrolment(services: EnrolServices, caller: Caller): Promise<TotpEnrolment> {
  const person = personOf(caller);
  refuseGuests(caller);
  const id = newId("crm");
  const secret = newTotpSecret(services);
  const expiresAt = new Date(services.now().getTime() + ENROLMENT_MS);
  const user = await inTransaction(services, async (tx) => {
    const { user, session } = await requireFreshProof(tx, person, "add a second factor");
    await requireRoom(tx, user);
    const sealed = await seal(tx.keys, "factor", id, secret);
    await keepNewestCeremonies(tx.db, user.id, MOST_OPEN - 1);
    const owner = { userId: user.id, sessionId: session.id };
    await insertCeremony(tx.db, { id, purpose: "TOTP", ...owner, sealed, attemptsLeft: ATTEMPTS, expiresAt });
    return user;
  });
  const issuer = new URL(services.publicUrl()).host;
  const { uri, qrCode } = totpSetup(secret, issuer, accountName(user));
  return { id, secret: new Secret(secret), uri: new Secret(uri), qrCode: new Secret(qrCode), expiresAt };
}

/**
 * Adds the authenticator, after a code from it. The session that adds it has proven it too. With the user's first
 * factor, recovery codes are created and returned.
 *
 * @throws `SecondFactorRejected` if the code is wrong, or the enrolment is unknown, used up or expired;
 * `StepUpRequired`.
 */
export async function confirmTotp(
  services: EnrolServices,
  caller: Caller,
  { enrolmentId, code: typed }: { enrolmentId: string; code: string },
): Promise<AddedFactor> {
  const person = personOf(caller);
  const code = normalizeTotp(typed);
  const added = await inTransaction(services, async (tx) => {
    // Also here: another session may have added the first factor meanwhile.
    const own = await requireFreshProof(tx, person, "add a second factor");
    const enrolment = isId("crm", enrolmentId)
      ? await takeCeremony(tx.db, enrolmentId, "TOTP", tx.now())
      : undefined;
    if (enrolment?.sessionId !== own.session.id) return await giveBack(tx, enrolment);
    const secret = String(await open(tx.keys, "factor", enrolment.id, enrolment.sealed));
    const step = code === undefined ? undefined : stepOfCode(secret, code, tx.now(), 0);
    if (step === undefined) return await giveBack(tx, spent(enrolment));
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

/** Returns the enrolment with one attempt less; undefined if none is left. */
function spent(enrolment: Ceremony): Ceremony | undefined {
  const attemptsLeft = enrolment.attemptsLeft - 1;
  return attemptsLeft > 0 ? { ...enrolment, attemptsLeft } : undefined;
}

/** Stores an enrolment again that could not be confirmed. */
async function giveBack(tx: Tx<EnrolServices>, enrolment: Ceremony | undefined): Promise<undefined> {
  if (enrolment) await insertCeremony(tx.db, enrolment);
}
