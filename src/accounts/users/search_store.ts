import type { Kysely } from "kysely";
import { countUpTo, inPage, orderOf } from "../../platform/db/pages.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { withAsciiDomain } from "../../platform/mail/ascii_domain.ts";
import type { Page } from "../../lib/paging.ts";
import { toUser, USER_COLUMNS } from "./user_store.ts";
import type { User } from "./users.ts";

/**
 * Returns one page of users by id, that is by creation. `search` is a prefix of a username, address or name,
 * or a whole id.
 */
export async function pageOfUsers(
  db: Kysely<Tables>,
  page: Page,
  search: string | undefined,
): Promise<User[]> {
  const rows = await matching(db, search).select(USER_COLUMNS)
    .where(inPage(page)).orderBy("id", orderOf(page)).limit(page.limit).execute();
  return rows.map(toUser);
}

/** Counts the users that match; see `countUpTo`. */
export function countUsers(db: Kysely<Tables>, search: string | undefined): Promise<number | undefined> {
  return countUpTo(db, (limit) => matching(db, search).select("id").limit(limit));
}

function matching(db: Kysely<Tables>, search: string | undefined) {
  const wanted = (search ?? "").trim().toLowerCase();
  const prefix = beginningWith(wanted);
  return db.selectFrom("users").$if(prefix !== "%", (query) =>
    query.where((eb) =>
      eb.or([
        eb("username_key", "like", prefix),
        eb("email_key", "like", beginningWith(withAsciiDomain(wanted))),
        eb("name_key", "like", prefix),
        eb("id", "=", wanted),
      ])
    ));
}

/** A LIKE pattern for this prefix, with all wildcards escaped. */
export function beginningWith(text: string): string {
  return `${text.replace(/[\\%_]/g, "\\$&")}%`;
}
