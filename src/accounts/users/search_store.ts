import { type Kysely, sql } from "kysely";
import { countUpTo, inPage, orderOf } from "../../platform/db/pages.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { withAsciiDomain } from "../../platform/mail/ascii_domain.ts";
import type { Page } from "../../lib/paging.ts";
import { toUser, USER_COLUMNS } from "./user_store.ts";
import type { User } from "./users.ts";

/**
 * Returns one page of users by id, that is by creation. `search` is a part of a username, address or name, or a whole
 * id. A part of fewer than three characters must be the start.
 */
export async function pageOfUsers(
  db: Kysely<Tables>,
  page: Page,
  search: string,
): Promise<User[]> {
  const rows = await usersMatching(db, search).select(USER_COLUMNS)
    .where(inPage(page)).orderBy("id", orderOf(page)).limit(page.limit).execute();
  return rows.map(toUser);
}

/** Counts the users that match; see `countUpTo`. */
export function countUsers(db: Kysely<Tables>, search: string): Promise<number | undefined> {
  return countUpTo(db, (limit) => usersMatching(db, search).select("id").limit(limit));
}

/** The index of parts has pieces of three characters. */
const LEAST_PART_CHARACTERS = 3;

/** Builds the query for the users that match a search; see `pageOfUsers`. */
export function usersMatching(db: Kysely<Tables>, search: string) {
  const wanted = search.trim().toLowerCase();
  const all = db.selectFrom("users");
  if (wanted === "") return all;
  const address = withAsciiDomain(wanted);
  if ([...wanted].length < LEAST_PART_CHARACTERS) {
    return all.where((eb) =>
      eb.or([
        eb("username_key", "like", beginningWith(wanted)),
        eb("email_key", "like", beginningWith(address)),
        eb("name_key", "like", beginningWith(wanted)),
      ])
    );
  }
  return all.where((eb) =>
    eb.or([
      ...[...new Set([wanted, address])].map((part) => eb(NAMES, "like", `%${beginningWith(part)}`)),
      eb("id", "=", wanted),
    ])
  );
}

/** As in the index `users_by_part`. The line feeds keep a part from matching across two names. */
const NAMES = sql<string>`coalesce(username_key, '') || chr(10) || coalesce(email_key, '') || chr(10) ||
  coalesce(name_key, '')`;

/** A LIKE pattern for this prefix, with all wildcards escaped. */
export function beginningWith(text: string): string {
  return `${text.replace(/[\\%_]/g, "\\$&")}%`;
}
