import { type Kysely, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { type NewUser, rowOf, USER_COLUMNS } from "./user_store.ts";

/** The method and time of a sign-in. */
export type SignIn = { method: string; at: Date };

/** Builds the statement that stores a new user who signs in at the same time. */
export function addSignedIn(db: Kysely<Tables>, user: NewUser, { method, at }: SignIn) {
  return db.insertInto("users").values({ ...rowOf(user), last_method: method, last_sign_in_at: at })
    .returning(USER_COLUMNS);
}

/** What the sign-in relies on. It must still hold when it is stored. */
export type Checked = {
  /** The hash that the password was checked against. */
  passwordHash?: string | undefined;
  /** The user's `signInMethodsVersion` when the identity was looked up. */
  signInMethodsVersion?: number | undefined;
};

/**
 * Builds the statement that records a sign-in on the user. It returns no row if the user is disabled or
 * deleted, or `checked` no longer holds.
 */
export function noteSignIn(
  db: Kysely<Tables>,
  userId: string,
  { passwordHash, signInMethodsVersion }: Checked,
  { method, at }: SignIn,
) {
  return db.updateTable("users").set({ last_sign_in_at: at, last_method: method, version: sql`version + 1` })
    .where("id", "=", userId).where("disabled_at", "is", null)
    .$if(passwordHash !== undefined, (query) => query.where("password_hash", "=", passwordHash ?? ""))
    .$if(
      signInMethodsVersion !== undefined,
      (query) => query.where("ways_in", "=", signInMethodsVersion ?? 0),
    )
    .returning(USER_COLUMNS);
}
