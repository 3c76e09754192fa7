import { type HasEventLog, inTransaction } from "../../../events/transaction.ts";
import { type Caller, personOf, refuseGuests } from "../../../operations/caller.ts";
import { accountName } from "../account_name.ts";
import { type AddedFactor, addFactor, type AddServices, requireRoom } from "../add_factor.ts";
import { parseFactorName } from "../factor_name.ts";
import { passkeyRejected } from "../factors.ts";
import { requireFreshProof } from "../step_up.ts";
import { consumeCeremony, openCeremony, startCeremony, type StartedCeremony } from "./ceremony.ts";
import { registrationOptions } from "./options.ts";
import { passkeyFactor, passkeysOf, userHandle } from "./passkeys.ts";
import { verifyRegistration } from "./registration.ts";
import type { HasRelyingParty } from "./relying_party.ts";

type EnrolServices = AddServices & HasEventLog & HasRelyingParty;

/**
 * Starts to add a passkey to the caller's account. The passkey becomes a factor with `finishPasskeyEnrolment`.
 *
 * @throws `StepUpRequired`; `Forbidden` for guests; `InvalidInput` if the user has the maximum of factors;
 * `Unauthenticated`.
 */
export async function startPasskeyEnrolment(
  services: EnrolServices,
  caller: Caller,
): Promise<StartedCeremony> {
  const person = personOf(caller);
  refuseGuests(caller);
  const { user, session, existing } = await inTransaction(services, async (tx) => {
    const own = await requireFreshProof(tx, person, "add a second factor");
    await requireRoom(tx, own.user);
    return { ...own, existing: await passkeysOf(tx.db, own.user.id) };
  });
  const { challenge, options } = await registrationOptions(
    services.relyingParty(),
    { name: accountName(user), displayName: user.name ?? accountName(user), handle: userHandle(user.id) },
    existing,
  );
  const owner = { userId: user.id, sessionId: session.id };
  return startCeremony(services, { purpose: "registration", challenge, ...owner }, options);
}

export type FinishPasskey = { ceremonyId: string; response?: unknown; name?: string | null | undefined };

/**
 * Adds the passkey with this name or "Passkey", and raises the session: the response has proven the factor. Creates
 * and returns recovery codes with the user's first factor.
 *
 * @throws `SecondFactorRejected` if the response is wrong or an account has its credential already, or the ceremony is
 * used, expired or of another session; `StepUpRequired`; `InvalidInput` for the name, or if the user has the maximum of
 * factors; `Unauthenticated`.
 */
export async function finishPasskeyEnrolment(
  services: EnrolServices,
  caller: Caller,
  { ceremonyId, response, name }: FinishPasskey,
): Promise<AddedFactor> {
  const person = personOf(caller);
  const typed = name == null ? undefined : parseFactorName(name);
  const ceremony = openCeremony(services, "registration", ceremonyId);
  if (ceremony?.sessionId !== person.sessionId) throw passkeyRejected({ detail: "ceremony" });
  const verified = await verifyRegistration(services.relyingParty(), ceremony.challenge, response);
  if ("refused" in verified) throw passkeyRejected({ detail: verified.refused });
  return await inTransaction(services, async (tx) => {
    // Checked again: another session may have added the first factor since the ceremony started.
    const own = await requireFreshProof(tx, person, "add a second factor");
    if (!await consumeCeremony(tx, ceremony)) throw passkeyRejected({ detail: "used" });
    await requireRoom(tx, own.user);
    const added = await addFactor(tx, caller, own, passkeyFactor(verified.passkey, typed));
    if (!added) throw passkeyRejected({ detail: "known_credential" });
    return added;
  });
}
