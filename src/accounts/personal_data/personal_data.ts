import { recordEvent } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { InvalidInput } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import {
  type Caller,
  type HasFreshProof,
  mayAct,
  originOf,
  ownerOf,
  refusal,
} from "../../operations/caller.ts";
import { findUser, UserNotFound } from "../users/users.ts";
import { readHeldRows, type Section } from "./personal_data_store.ts";

/** All that the server holds of a user, without secrets: a section for each table. */
export type PersonalData = Record<string, Section> | { exportedAt: Date };

/**
 * Returns what the server holds of a user, and records `personal_data.exported`. Without `userId`, of the caller. Users
 * need a fresh proof, because a session may be left open or stolen; operators the role READ.
 *
 * @throws StepUpRequired if the user has not proven their strongest factor within the last ten minutes.
 * @throws Forbidden if a user names another user.
 * @throws InvalidInput if an operator names no user, or `UserNotFound`.
 */
export async function exportPersonalData(
  services: HasClock & HasEventLog & HasFreshProof,
  caller: Caller,
  userId: string | undefined,
): Promise<PersonalData> {
  const id = userId ?? ownerOf(caller);
  if (id === null) throw new InvalidInput("Cannot export: name a user", "Pass `userId`");
  if (!mayAct(caller, "READ", id)) throw refusal(caller, "READ");
  return await inTransaction(services, async (tx) => {
    if (caller.kind === "user") await services.requireFreshProof(tx, caller, "export your data");
    const user = isId("usr", id) ? await findUser(tx.db, id) : undefined;
    if (!user) throw new UserNotFound();
    recordEvent(tx, "personal_data.exported", originOf(caller), { userId: id }, {});
    const email = user.emailVerifiedAt === null ? null : user.email;
    return { exportedAt: tx.now(), ...await readHeldRows(tx.db, { id, email }) };
  });
}
