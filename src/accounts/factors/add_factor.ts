import { cookieToken, type HasSessionIssuer } from "../sessions/issue_session.ts";
import type { HasRevokedSessions } from "../sessions/revoked_sessions.ts";
import { endSessions, raiseSession, type Session } from "../sessions/sessions.ts";
import type { User } from "../users/users.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { InvalidInput } from "../../lib/errors.ts";
import { Secret } from "../../lib/secret.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import type { SecondFactorKind } from "../../operations/assurance.ts";
import { distinctName } from "./factor_name.ts";
import { factorChangedMail, type NoticeServices, notify } from "./factor_mails.ts";
import { type Factor, findFactorsOf, insertFactor, type NewFactor } from "./factor_store.ts";
import { MOST_FACTORS } from "./factor_terms.ts";
import { generateRecoveryCodes } from "./recovery_codes.ts";
import type { FreshSession } from "./step_up.ts";

export type AddServices = NoticeServices & HasRandom & HasRevokedSessions & HasSessionIssuer;

/** A new factor. With the user's first one come recovery codes, and with a session in a cookie its new value. */
export type AddedFactor = {
  factor: Factor;
  recoveryCodes: Secret<string[]> | null;
  cookie?: { token: Secret; expiresAt: Date };
};

/** Throws `InvalidInput` if the user has the maximum of factors. */
export async function requireRoom(tx: Tx<AddServices>, user: User): Promise<void> {
  const factors = await factorsOf(tx, user.id);
  if (factors.filter(({ kind }) => kind !== "RECOVERY_CODES").length < MOST_FACTORS) return;
  throw new InvalidInput(
    `Cannot add a second factor: you have ${MOST_FACTORS} already`,
    "Remove one that you do not use",
  );
}

async function factorsOf(tx: Tx<AddServices>, userId: string): Promise<readonly Factor[]> {
  return (await findFactorsOf(tx.db, [userId])).get(userId) ?? [];
}

/** A factor to store. Its name gets a number if another factor of the user has the same name. */
export type FactorToAdd = Omit<NewFactor, "user_id" | "created_at" | "kind"> & { kind: SecondFactorKind };

/**
 * Stores the factor and records `factor.added`. Returns its name, or undefined if a factor of any user has the same
 * credential. The user must be locked.
 */
export async function storeFactor(
  tx: Tx<AddServices>,
  origin: Origin,
  userId: string,
  existing: readonly Factor[],
  row: FactorToAdd,
): Promise<string | undefined> {
  const name = distinctName(row.name, new Set(existing.map((factor) => factor.name)));
  if (!await insertFactor(tx.db, { ...row, name, user_id: userId, created_at: tx.now() })) return undefined;
  recordEvent(tx, "factor.added", origin, { userId }, { kind: row.kind, factorId: row.id, label: name });
  return name;
}

/**
 * Adds the factor, mails its owner, and raises the session, which has just proven it. The user's first factor comes with
 * recovery codes and ends the user's other sessions. Returns undefined if a factor of any user has the same credential.
 */
export async function addFactor(
  tx: Tx<AddServices>,
  caller: Caller,
  { user, session }: FreshSession,
  row: FactorToAdd,
): Promise<AddedFactor | undefined> {
  const origin = originOf(caller);
  const existing = await factorsOf(tx, user.id);
  const name = await storeFactor(tx, origin, user.id, existing, row);
  if (name === undefined) return undefined;
  const hasCodes = existing.some(({ kind, remaining }) => kind === "RECOVERY_CODES" && remaining !== 0);
  const codes = hasCodes ? null : await generateRecoveryCodes(tx, origin, user.id);
  await notify(tx, user, factorChangedMail("added", name));
  const cookie = await raise(tx, session, row.kind);
  if (user.factors.length === 0) {
    // Every session of a user with factors has proven one.
    await endSessions(tx, origin, { userId: user.id, except: session.id }, "factor_added");
  }
  const factor = (await factorsOf(tx, user.id)).find(({ id }) => id === row.id);
  if (!factor) throw new TypeError("The factor was not stored");
  return { factor, recoveryCodes: codes && new Secret(codes), ...(cookie && { cookie }) };
}

/** Raises the session by a new factor. Returns its new cookie, if it has one. */
async function raise(
  tx: Tx<AddServices>,
  session: Session,
  kind: SecondFactorKind,
): Promise<AddedFactor["cookie"]> {
  // A new factor proves nothing about who the user is, so the time of the last proof stays.
  const { session: raised } = await raiseSession(tx.db, session, kind, session.authenticatedAt);
  if (raised.transport !== "COOKIE") return undefined;
  return { token: cookieToken(tx, raised), expiresAt: raised.expiresAt };
}
