import type { Kysely } from "kysely";
import { countUpTo, inPage, orderOf } from "../../platform/db/pages.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { canonicalAddress } from "../../platform/network/ip_address.ts";
import type { Page } from "../../lib/paging.ts";
import { usersMatching } from "../users/users.ts";
import { allLive, toSession } from "./session_store.ts";
import type { Session } from "./sessions.ts";

/**
 * Returns one page of live sessions by id, that is by creation. `search` is a client address, or finds users as in
 * `pageOfUsers`; when it is empty, all sessions match.
 */
export async function pageOfSessions(
  db: Kysely<Tables>,
  page: Page,
  now: Date,
  search: string,
): Promise<Session[]> {
  const rows = await matching(db, now, search).selectAll()
    .where(inPage(page)).orderBy("id", orderOf(page)).limit(page.limit).execute();
  return rows.map(toSession);
}

/** Counts the sessions that match; see `countUpTo`. */
export function countSessions(db: Kysely<Tables>, now: Date, search: string): Promise<number | undefined> {
  return countUpTo(db, (limit) => matching(db, now, search).select("id").limit(limit));
}

function matching(db: Kysely<Tables>, now: Date, search: string) {
  const all = allLive(db, now);
  if (search.trim() === "") return all;
  const address = canonicalAddress(search.trim());
  return address === undefined
    ? all.where("user_id", "in", usersMatching(db, search).select("id"))
    : all.where("ip_address", "=", address);
}
