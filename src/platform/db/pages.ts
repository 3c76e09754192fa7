import { type AliasableExpression, type Kysely, sql } from "kysely";
import { MOST_COUNTED, type Page } from "../../lib/paging.ts";
import type { Tables } from "./tables.ts";

/** Returns the condition that `id` is inside the page's bounds. */
export function inPage({ after, before }: Page) {
  const from = after === undefined ? sql<boolean>`true` : sql<boolean>`id > ${after}`;
  return before === undefined ? from : sql<boolean>`${from} and id < ${before}`;
}

/** Returns the order in which the page is read: backwards from the end if `newestFirst`. */
export function orderOf({ newestFirst }: Page): "asc" | "desc" {
  return newestFirst ? "desc" : "asc";
}

/** Counts the rows of `some(limit)`, which reads up to `limit` rows. Undefined for more than `MOST_COUNTED`. */
export async function countUpTo(
  db: Kysely<Tables>,
  some: (limit: number) => AliasableExpression<object>,
): Promise<number | undefined> {
  const row = await db.selectFrom(some(MOST_COUNTED + 1).as("some"))
    .select((eb) => eb.fn.countAll<number>().as("count")).executeTakeFirst();
  const count = Number(row?.count ?? 0);
  return count > MOST_COUNTED ? undefined : count;
}
