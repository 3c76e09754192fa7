import { type Kysely, sql } from "kysely";
import type { FactorKind, SecondFactorKind } from "../../operations/assurance.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { type NewUser, rowOf, USER_COLUMNS } from "./user_store.ts";

/** The method and time of a sign-in, and the kinds of second factors that it has proven. */
export type SignIn = { method: string; at: Date; factors: readonly FactorKind[] };

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
 * deleted, `checked` no longer holds, or the user has second factors and the sign-in has proven none.
 */
export function noteSignIn(
  db: Kysely<Tables>,
  userId: string,
  checked: Checked,
  { method, at, factors }: SignIn,
) {
  return db.updateTable("users").set({ last_sign_in_at: at, last_method: method, version: sql`version + 1` })
    .where("id", "=", userId).where(stillHolds(checked))
    .$if(factors.length === 0, (query) => query.where(sql<boolean>`factors = '{}'`))
    .returning(USER_COLUMNS);
}

/**
 * Returns the kinds of second factors of which a sign-in must prove one. Returns undefined if the user has none, is
 * disabled or deleted, or `checked` no longer holds.
 */
export async function findRequiredFactors(
  db: Kysely<Tables>,
  userId: string,
  checked: Checked,
): Promise<SecondFactorKind[] | undefined> {
  const row = await db.selectFrom("users").select("factors").where("id", "=", userId)
    .where(stillHolds(checked)).executeTakeFirst();
  return row && row.factors.length > 0 ? row.factors : undefined;
}

/** Builds the condition that the user is not disabled and `checked` still holds. */
export function stillHolds({ passwordHash, signInMethodsVersion }: Checked) {
  return sql<boolean>`disabled_at is null
    ${passwordHash === undefined ? sql`` : sql`and password_hash = ${passwordHash}`}
    ${signInMethodsVersion === undefined ? sql`` : sql`and ways_in = ${signInMethodsVersion}`}`;
}
