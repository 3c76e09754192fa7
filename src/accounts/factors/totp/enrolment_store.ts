import type { Kysely, Transaction } from "kysely";
import type { Tables } from "../../../platform/db/tables.ts";

/** An authenticator app that is being added. */
export type Enrolment = {
  id: string;
  /** The user and the session that started it. */
  userId: string;
  sessionId: string;
  /** The sealed secret. */
  sealed: string;
  attemptsLeft: number;
  expiresAt: Date;
};

export async function insertEnrolment(db: Kysely<Tables>, enrolment: Enrolment): Promise<void> {
  await db.insertInto("totp_enrolments").values({
    id: enrolment.id,
    user_id: enrolment.userId,
    session_id: enrolment.sessionId,
    sealed: enrolment.sealed,
    attempts_left: enrolment.attemptsLeft,
    expires_at: enrolment.expiresAt,
  }).execute();
}

/** Deletes the enrolment and returns it to the first of several parallel callers. Returns undefined if it has expired. */
export async function consumeEnrolment(
  db: Transaction<Tables>,
  id: string,
  now: Date,
): Promise<Enrolment | undefined> {
  const row = await db.deleteFrom("totp_enrolments").where("id", "=", id).where("expires_at", ">", now)
    .returningAll().executeTakeFirst();
  return row && {
    id: row.id,
    userId: row.user_id,
    sessionId: row.session_id,
    sealed: row.sealed,
    attemptsLeft: row.attempts_left,
    expiresAt: row.expires_at,
  };
}

/** Deletes all enrolments of the user except the `most` newest. */
export async function keepNewestEnrolments(
  db: Transaction<Tables>,
  userId: string,
  most: number,
): Promise<void> {
  const older = db.selectFrom("totp_enrolments").select("id").where("user_id", "=", userId)
    .orderBy("id", "desc").offset(most);
  await db.deleteFrom("totp_enrolments").where("id", "in", older).execute();
}

/** Deletes enrolments that have expired. */
export async function pruneEnrolments(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("totp_enrolments").where("expires_at", "<=", now).execute();
}
