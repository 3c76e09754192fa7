import type { Kysely } from "kysely";
import type { NewEvent } from "../../events/events.ts";
import { changeWithEvents, ownersEvent } from "../../events/write_events.ts";
import type { Tables } from "../../platform/db/tables.ts";
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
 * gets the session and the others undefined. Returns undefined also for a used token and for a session that
 * has ended.
 */
export async function rotateRefreshToken(
  db: Kysely<Tables>,
  { sessionId, presentedHash, nextHash, at, idleEndsAt }: Rotation,
  event: NewEvent,
): Promise<Session | undefined> {
  const change = db.updateTable("sessions").set(({ eb, ref }) => ({
    generation: eb("generation", "+", 1),
    previous_hash: ref("refresh_hash"),
    refresh_hash: nextHash,
    rotated_at: at,
    last_seen_at: at,
    idle_ends_at: idleEndsAt,
  })).where("id", "=", sessionId).where("refresh_hash", "=", presentedHash).where("ended_at", "is", null)
    .where("ends_at", ">", at).where("idle_ends_at", ">", at).returningAll();
  const row = await changeWithEvents(db, change, [ownersEvent(event)]);
  return row && toSession(row);
}

/** The stored state of a family. */
export type Family = {
  session: Session;
  /** The number of the newest refresh token, its hash, and the hash of the one before. */
  generation: number;
  refreshHash: Uint8Array | null;
  previousHash: Uint8Array | null;
  rotatedAt: Date | null;
};

export async function findFamily(db: Kysely<Tables>, sessionId: string): Promise<Family | undefined> {
  const row = await db.selectFrom("sessions").selectAll().where("id", "=", sessionId).executeTakeFirst();
  return row && {
    session: toSession(row),
    generation: row.generation,
    refreshHash: row.refresh_hash,
    previousHash: row.previous_hash,
    rotatedAt: row.rotated_at,
  };
}
