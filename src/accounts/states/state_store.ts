import { type Kysely, sql } from "kysely";
import type { NewEvent } from "../../events/events.ts";
import { changeWithEvents } from "../../events/write_events.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { toUser, type User, USER_COLUMNS } from "../users/users.ts";
import type { UserState } from "./states.ts";

/**
 * Changes the state of a user and writes `event`, in one statement, unless the user has changed since `seen`
 * was read. Returns the changed user. Of several parallel callers, one succeeds and the others get undefined.
 */
export async function moveState(
  db: Kysely<Tables>,
  seen: User,
  to: UserState,
  event: NewEvent,
): Promise<User | undefined> {
  const metadata = withTransition(seen.stateMetadata, { from: seen.state, to }, event);
  const change = db.updateTable("users").set({
    state: to,
    state_metadata: JSON.stringify(metadata),
    version: sql`version + 1`,
  }).where("id", "=", seen.id).where("version", "=", seen.version)
    .returning(USER_COLUMNS).returning("id as user_id");
  const row = await changeWithEvents(db, change, [event]);
  return row && toUser(row);
}

/** Returns the metadata with the state change that the event records. */
export function withTransition(
  metadata: User["stateMetadata"],
  change: { from: UserState; to: UserState },
  { at }: NewEvent,
): User["stateMetadata"] {
  return { ...metadata, transition: { ...change, at: new Date(at).toISOString() } };
}
