import type { Transaction } from "kysely";
import { firstIdAt } from "../../lib/ids.ts";
import type { Tables } from "../../platform/db/tables.ts";

/**
 * Locks guests created before `idleSince` that own no flows or credentials, and have no live session and none
 * used since `idleSince`. Skips rows that another transaction has locked.
 */
export async function lockReapableGuests(
  db: Transaction<Tables>,
  idleSince: Date,
  now: Date,
  limit: number,
): Promise<string[]> {
  const rows = await db.selectFrom("users").select("id")
    .where("is_guest", "=", true).where("id", "<", firstIdAt("usr", idleSince))
    .where(({ and, not, exists, or, selectFrom }) =>
      and([
        not(exists(
          selectFrom("sessions").select("sessions.id").whereRef("sessions.user_id", "=", "users.id").where((
            eb,
          ) =>
            or([
              eb("sessions.last_seen_at", ">", idleSince),
              eb.and([
                eb("sessions.ended_at", "is", null),
                eb("sessions.ends_at", ">", now),
                eb("sessions.idle_ends_at", ">", now),
              ]),
            ])
          ),
        )),
        not(exists(selectFrom("flows").select("flows.id").whereRef("flows.user_id", "=", "users.id"))),
        not(exists(
          selectFrom("credentials").select("credentials.id").whereRef(
            "credentials.owner_id",
            "=",
            "users.id",
          ),
        )),
      ])
    ).orderBy("id").limit(limit).forUpdate().skipLocked().execute();
  return rows.map(({ id }) => id);
}
