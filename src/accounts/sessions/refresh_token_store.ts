import type { Kysely } from "kysely";
import type { NewEvent } from "../../events/events.ts";
import { changeWithEvents, ownersEvent } from "../../events/write_events.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { TOKEN_USER_COLUMNS, type TokenUser, toTokenUser } from "../users/users.ts";
import { toSession } from "./session_store.ts";
import type { Session } from "./sessions.ts";

/** One use of a family's newest refresh token. */
export type Rotation = {
  sessionId: string;
  presentedHash: Uint8Array;
  nextHash: Uint8Array;
  at: Date;
  /** The new idle end of the family. */
  idleEndsAt: Date;
};

/**
 * Replaces the presented refresh token with the next one. One statement, so of several parallel callers one
 * gets the session with its user and the others undefined. Returns undefined also for a used token and for a
 * session that has ended.
 */
export async function rotateRefreshToken(
  db: Kysely<Tables>,
  { sessionId, presentedHash, nextHash, at, idleEndsAt }: Rotation,
  event: NewEvent,
): Promise<{ session: Session; user: TokenUser } | undefined> {
  const change = db.updateTable("sessions").from("users").set(({ eb, ref }) => ({
    generation: eb("generation", "+", 1),
    previous_hash: ref("refresh_hash"),
    refresh_hash: nextHash,
    rotated_at: at,
    last_seen_at: at,
    idle_ends_at: idleEndsAt,
  })).where("sessions.id", "=", sessionId).whereRef("users.id", "=", "sessions.user_id")
    .where("refresh_hash", "=", presentedHash).where("ended_at", "is", null)
    .where("ends_at", ">", at).where("idle_ends_at", ">", at)
    .returningAll("sessions").returning(TOKEN_USER_COLUMNS);
  const row = await changeWithEvents(db, change, [ownersEvent(event)]);
  return row && { session: toSession(row), user: toTokenUser(row) };
}

/** The stored state of a family. */
export type Family = {
  session: Session;
  user: TokenUser;
  /** The number of the newest refresh token, its hash, and the hash of the one before. */
  generation: number;
  refreshHash: Uint8Array | null;
  previousHash: Uint8Array | null;
  rotatedAt: Date | null;
};

export async function findFamily(db: Kysely<Tables>, sessionId: string): Promise<Family | undefined> {
  const row = await db.selectFrom("sessions").innerJoin("users", "users.id", "sessions.user_id")
    .selectAll("sessions").select(TOKEN_USER_COLUMNS).where("sessions.id", "=", sessionId).executeTakeFirst();
  return row && {
    session: toSession(row),
    user: toTokenUser(row),
    generation: row.generation,
    refreshHash: row.refresh_hash,
    previousHash: row.previous_hash,
    rotatedAt: row.rotated_at,
  };
}
