import type { Kysely, Transaction } from "kysely";
import type { CeremonyRow, Tables } from "../../platform/db/tables.ts";

/** An authenticator app that is being added. It can be confirmed once. */
export type Ceremony = {
  id: string;
  purpose: CeremonyRow["purpose"];
  /** The user and session that began it. */
  userId: string;
  sessionId: string;
  sealed: string;
  attemptsLeft: number;
  expiresAt: Date;
};

export async function insertCeremony(db: Kysely<Tables>, ceremony: Ceremony): Promise<void> {
  await db.insertInto("ceremonies").values({
    id: ceremony.id,
    purpose: ceremony.purpose,
    user_id: ceremony.userId,
    session_id: ceremony.sessionId,
    sealed: ceremony.sealed,
    attempts_left: ceremony.attemptsLeft,
    expires_at: ceremony.expiresAt,
  }).execute();
}

/** Deletes the ceremony and returns it. Of several parallel callers, one gets it. Undefined if it has expired. */
export async function takeCeremony(
  db: Kysely<Tables> | Transaction<Tables>,
  id: string,
  purpose: Ceremony["purpose"],
  now: Date,
): Promise<Ceremony | undefined> {
  const row = await db.deleteFrom("ceremonies").where("id", "=", id).where("purpose", "=", purpose)
    .where("expires_at", ">", now).returningAll().executeTakeFirst();
  return row && {
    id: row.id,
    purpose: row.purpose,
    userId: row.user_id,
    sessionId: row.session_id,
    sealed: row.sealed,
    attemptsLeft: row.attempts_left,
    expiresAt: row.expires_at,
  };
}

/** Deletes the user's ceremonies, except the newest. */
export async function keepNewestCeremonies(
  db: Transaction<Tables>,
  userId: string,
  most: number,
): Promise<void> {
  const older = db.selectFrom("ceremonies").select("id").where("user_id", "=", userId)
    .orderBy("id", "desc").offset(most);
  await db.deleteFrom("ceremonies").where("id", "in", older).execute();
}

/** Deletes ceremonies that have expired. */
export async function pruneCeremonies(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("ceremonies").where("expires_at", "<=", now).execute();
}
