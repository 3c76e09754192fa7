import { type Caller, originOf } from "../../operations/caller.ts";
import { forgetUsersEvents, recordEvent } from "../../events/events.ts";
import { forgetUsersFlows } from "../../flows/flows.ts";
import { isId } from "../../lib/ids.ts";
import { forgetUsersMails } from "../mail/mail.ts";
import { dropLinks } from "../links/links.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasProviders } from "../../vault/provider.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../sessions/revoked_sessions.ts";
import { endSessions, forgetUsersSessions } from "../sessions/sessions.ts";
import { forgetUsersCredentials } from "../../vault/vault.ts";
import { deleteUserRow, lockUser, setDisabled } from "./user_store.ts";
import { type User, UserNotFound } from "./users.ts";

type ManageServices = HasClock & HasEventLog & HasRevokedSessions;

/**
 * Disables a user, which ends all sessions and rejects further sign-ins, or enables the user again.
 * Idempotent. Throws `UserNotFound`.
 */
export async function setUserDisabled(
  services: ManageServices,
  caller: Caller,
  id: string,
  disabled: boolean,
): Promise<void> {
  await inTransaction(services, async (tx) => {
    const user = await lockExisting(tx, id);
    if ((user.disabledAt !== null) === disabled) return;
    await setDisabled(tx.db, id, disabled ? tx.now() : null);
    recordEvent(tx, disabled ? "user.disabled" : "user.enabled", originOf(caller), { userId: id }, {});
    if (!disabled) return;
    await endSessions(tx, originOf(caller), { userId: id }, "user_disabled");
    await dropLinks(tx.db, "RESET_PASSWORD", id);
  });
}

/** Ends all sessions of a user. Returns how many. Throws `UserNotFound`. */
export async function revokeUserSessions(
  services: ManageServices,
  caller: Caller,
  id: string,
): Promise<number> {
  return await inTransaction(services, async (tx) => {
    await lockExisting(tx, id);
    return await endSessions(tx, originOf(caller), { userId: id }, "revoked");
  });
}

/**
 * Deletes a user and all personal data: the account, flows, mails, and credentials with their secrets; and
 * the addresses, devices and labels in sessions and events. The log keeps the events under the user's id,
 * which then leads to no person. Before that, Google is asked to revoke the user's grants; Modal tokens stay
 * valid. Returns the number of grants that could not be revoked. Throws `UserNotFound`.
 */
export async function deleteUser(
  services: ManageServices & HasKeys & HasProviders,
  caller: Caller,
  id: string,
): Promise<number> {
  const grantsLeft = isId("usr", id) ? await revokeGrants(services, id) : 0;
  await inTransaction(services, async (tx) => {
    const { email } = await lockExisting(tx, id);
    await endSessions(tx, originOf(caller), { userId: id }, "user_deleted");
    await forgetUsersSessions(tx.db, id);
    await forgetUsersFlows(tx, originOf(caller), id);
    await forgetUsersCredentials(tx.db, id);
    await forgetUsersMails(tx.db, id, email);
    await forgetUsersEvents(tx.db, id);
    await deleteUserRow(tx.db, id);
    recordEvent(tx, "user.deleted", originOf(caller), { userId: id }, { grantsLeft });
  });
  return grantsLeft;
}

async function lockExisting(tx: Tx<ManageServices>, id: string): Promise<User> {
  const user = isId("usr", id) ? await lockUser(tx.db, id) : undefined;
  if (!user) throw new UserNotFound();
  return user;
}

/** Revokes the user's grants at every provider. Returns the number of grants that could not be revoked. */
async function revokeGrants(
  services: HasDatabase & HasClock & HasKeys & HasProviders,
  userId: string,
): Promise<number> {
  const left = await Promise.all(
    services.providers.map((provider) => provider.revokeGrantsOf?.(services, userId) ?? 0),
  );
  return left.reduce((sum, each) => sum + each, 0);
}
