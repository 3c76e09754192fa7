import { type Kysely, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { type NewUser, rowOf, USER_COLUMNS } from "./user_store.ts";

/** How and when a user signs in. */
export type SignIn = { method: string; at: Date };

/** Builds the statement that stores a user who signs in with it. */
export function addSignedIn(db: Kysely<Tables>, user: NewUser, { method, at }: SignIn) {
  return db.insertInto("users").values({ ...rowOf(user), last_method: method, last_sign_in_at: at })
    .returning(USER_COLUMNS);
}

/** What a sign-in was allowed by: it must hold still. */
export type Checked = {
  /** The hash that the password was checked against. */
  passwordHash?: string | undefined;
  /** The user's `waysIn` when they were found by one of them. */
  waysIn?: number | undefined;
};

/**
 * Builds the statement that notes a sign-in with the user. It returns no row when they are disabled or gone, or when
 * what was checked does not hold any more.
 */
export function noteSignIn(
  db: Kysely<Tables>,
  userId: string,
  { passwordHash, waysIn }: Checked,
  { method, at }: SignIn,
) {
  return db.updateTable("users").set({ last_sign_in_at: at, last_method: method, version: sql`version + 1` })
    .where("id", "=", userId).where("disabled_at", "is", null)
    .$if(passwordHash !== undefined, (query) => query.where("password_hash", "=", passwordHash ?? ""))
    .$if(waysIn !== undefined, (query) => query.where("ways_in", "=", waysIn ?? 0))
    .returning(USER_COLUMNS);
}
