import { type Caller, originOf } from "../../operations/caller.ts";
import { forgetUsersEvents, recordEvent } from "../../events/events.ts";
import { forgetUsersFlows } from "../../flows/flows.ts";
import { isId } from "../../lib/ids.ts";
import { forgetUsersMails } from "../mail/mail.ts";
import { dropLinks } from "../links/links.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasProviders } from "../../vault/provider.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { refusalsOfName } from "../refusals/subjects.ts";
import type { HasRevokedSessions } from "../sessions/revoked_sessions.ts";
import { endSessions, forgetUsersSessions } from "../sessions/sessions.ts";
import { forgetUsersCredentials } from "../../vault/vault.ts";
import { deleteUserRow, lockUser, setDisabled } from "./user_store.ts";
import { type User, UserNotFound } from "./users.ts";

/** Grants that could not be revoked at a provider, and the page where the user can revoke them. */
export type GrantsLeft = { label: string; grantsPage: string | undefined; grants: number };

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
    await dropLinks(tx.db, "RESET_PASSWORD", id, tx.now());
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
 * which then leads to no person. Before that, the user's grants are revoked at every provider that supports it;
 * tokens of other providers stay valid. Returns the grants that could not be revoked. Throws `UserNotFound`.
 */
export async function deleteUser(
  services: ManageServices & HasKeys & HasProviders,
  caller: Caller,
  id: string,
): Promise<GrantsLeft[]> {
  const left = isId("usr", id) ? await revokeGrants(services, id) : [];
  const grantsLeft = left.reduce((sum, { grants }) => sum + grants, 0);
  await inTransaction(services, async (tx) => {
    const { email, emailVerifiedAt, username } = await lockExisting(tx, id);
    // An address that is only claimed can belong to another user.
    const verifiedEmail = emailVerifiedAt && email;
    await endSessions(tx, originOf(caller), { userId: id }, "user_deleted");
    await forgetUsersSessions(tx.db, id);
    const mailed = await forgetUsersMails(tx.db, id, verifiedEmail);
    const flows = await forgetUsersFlows(tx, originOf(caller), id, mailed);
    await forgetUsersCredentials(tx.db, id);
    const typed = [username, verifiedEmail].flatMap((name) =>
      name === null ? [] : refusalsOfName(services, name)
    );
    const names = typed.map(({ value }) => value);
    await forgetUsersEvents(tx.db, id, { flows, names, verifiedEmail });
    await deleteUserRow(tx.db, id);
    recordEvent(tx, "user.deleted", originOf(caller), { userId: id }, { grantsLeft });
  });
  return left;
}

async function lockExisting(tx: Tx<ManageServices>, id: string): Promise<User> {
  const user = isId("usr", id) ? await lockUser(tx.db, id) : undefined;
  if (!user) throw new UserNotFound();
  return user;
}

/** Revokes the user's grants at every provider. Returns those that could not be revoked. */
async function revokeGrants({ providers }: HasProviders, userId: string): Promise<GrantsLeft[]> {
  const all = await Promise.all(
    providers.map(async ({ revokeGrantsOf, label, grantsPage }) => {
      return { label, grantsPage, grants: await revokeGrantsOf?.(userId) ?? 0 };
    }),
  );
  return all.filter(({ grants }) => grants > 0);
}
