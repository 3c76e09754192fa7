import { lockOwnSession } from "../../accounts/sessions/live_session.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import { endSessions, liveSessionsOf } from "../../accounts/sessions/sessions.ts";
import { lockUser, type User, UserNotFound } from "../../accounts/users/users.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import { Secret } from "../../lib/secret.ts";
import type { FactorKind } from "../../operations/assurance.ts";
import { type Caller, originOf, personOf, type UserCaller } from "../../operations/caller.ts";
import { methodsOf } from "../methods.ts";
import {
  factorChangedMail,
  factorsResetMail,
  type NoticeServices,
  notify,
  recoveryCodesReplacedMail,
} from "../../accounts/factors/factor_mails.ts";
import {
  deleteFactor,
  deleteFactorsOf,
  deleteRecoveryCodes,
  type Factor,
  FactorNotFound,
  LastWayIn,
  renameFactorRow,
} from "../../accounts/factors/factors.ts";
import { parseFactorName } from "../../accounts/factors/factor_name.ts";
import { generateRecoveryCodes } from "../../accounts/factors/recovery_codes.ts";
import { requireFreshProof } from "../../accounts/factors/step_up.ts";

type ManageServices = NoticeServices & HasEventLog & HasRandom & HasRevokedSessions;

/**
 * Removes a factor of the caller, ends the caller's other sessions that proved a factor of its kind, and mails the
 * caller. Removing the last factor removes the recovery codes too.
 *
 * @throws `StepUpRequired`; `FactorNotFound`; `LastWayIn` for the passkey of a user without another sign-in method;
 * `Unauthenticated`.
 */
export async function removeFactor(services: ManageServices, caller: Caller, id: string): Promise<void> {
  const person = personOf(caller);
  await inTransaction(services, async (tx) => {
    const { user } = await requireFreshProof(tx, person, "remove a second factor");
    const removed = isId("fct", id) ? await deleteFactor(tx.db, user.id, id) : undefined;
    if (!removed) throw new FactorNotFound();
    const left = await lockUser(tx.db, user.id);
    if (!left || methodsOf(left).length === 0) throw new LastWayIn();
    if (left.factors.length === 0 || removed.kind === "RECOVERY_CODES") {
      await deleteRecoveryCodes(tx.db, user.id);
    }
    const { kind, name } = removed;
    const origin = originOf(caller);
    recordEvent(tx, "factor.removed", origin, { userId: user.id }, { kind, factorId: id, label: name });
    await endSessionsWith(tx, origin, person, kind);
    await notify(tx, user, factorChangedMail("removed", name));
  });
}

/** Ends the user's other sessions that proved a factor of this kind: it may have been the removed one. */
async function endSessionsWith(
  tx: Tx<ManageServices>,
  origin: Origin,
  { userId, sessionId }: UserCaller,
  kind: FactorKind,
): Promise<void> {
  for (const { id, factors } of await liveSessionsOf(tx.db, userId, tx.now())) {
    if (id !== sessionId && factors.includes(kind)) await endSessions(tx, origin, { id }, "factor_removed");
  }
}

/**
 * Removes all factors of a user who has lost them, ends the user's sessions and challenges, and mails the user. Does
 * nothing for a user without factors. Returns the user and the number of removed factors. Throws `UserNotFound`. The
 * caller must check permissions first.
 */
export async function resetUserFactors(
  services: ManageServices,
  caller: Caller,
  userId: string,
): Promise<{ user: User; count: number }> {
  return await inTransaction(services, async (tx) => {
    const user = isId("usr", userId) ? await lockUser(tx.db, userId) : undefined;
    if (!user) throw new UserNotFound();
    const count = await deleteFactorsOf(tx.db, userId);
    if (count === 0) return { user, count };
    const origin = originOf(caller);
    recordEvent(tx, "factors.reset", origin, { userId }, { count });
    await endSessions(tx, origin, { userId }, "factors_reset");
    await notify(tx, user, factorsResetMail());
    return { user: { ...user, factors: [] }, count };
  });
}

/** Renames a factor of the caller. Throws `InvalidInput`, `FactorNotFound` or `Unauthenticated`. */
export async function renameFactor(
  services: ManageServices,
  caller: Caller,
  id: string,
  typed: string,
): Promise<Factor> {
  const person = personOf(caller);
  const { userId } = person;
  const name = parseFactorName(typed);
  return await inTransaction(services, async (tx) => {
    if (!await lockOwnSession(tx, person)) throw new Unauthenticated();
    const factor = isId("fct", id) ? await renameFactorRow(tx.db, userId, id, name) : undefined;
    if (!factor) throw new FactorNotFound();
    const { kind } = factor;
    recordEvent(tx, "factor.renamed", originOf(caller), { userId }, { kind, factorId: id, label: name });
    return factor;
  });
}

/**
 * Replaces the caller's recovery codes by ten new ones, and mails the caller.
 *
 * @throws `StepUpRequired`; `FactorNotFound` for a user without factors; `Unauthenticated`.
 */
export async function regenerateRecoveryCodes(
  services: ManageServices,
  caller: Caller,
): Promise<Secret<string[]>> {
  const person = personOf(caller);
  return await inTransaction(services, async (tx) => {
    const { user } = await requireFreshProof(tx, person, "create recovery codes");
    if (user.factors.length === 0) {
      throw new FactorNotFound(
        "recovery codes need a second factor",
        "Add an authenticator app or a passkey",
      );
    }
    await notify(tx, user, recoveryCodesReplacedMail());
    return new Secret(await generateRecoveryCodes(tx, originOf(caller), user.id));
  });
}
