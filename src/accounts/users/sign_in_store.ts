import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import type { UserState } from "../states/states.ts";
import { type NewUser, rowOf, USER_COLUMNS } from "./user_store.ts";

/** How and when somebody signs in, and their state and its metadata after it. */
export type SignIn = {
  method: string;
  at: Date;
  state: RawBuilder<UserState>;
  metadata: RawBuilder<string>;
};

/** The part of a statement that adds a user who signs in with it, and gives their row. */
export function addSignedIn(db: Kysely<Tables>, user: NewUser, signIn: SignIn): RawBuilder<unknown> {
  const { method, at, state, metadata } = signIn;
  const row = { ...rowOf(user), state, state_metadata: metadata, last_method: method, last_sign_in_at: at };
  return sql`${db.insertInto("users").values(row)} returning ${USER_COLUMNS}`;
}

/** What a sign-in was allowed by: it must hold still. */
export type Checked = {
  /** The hash that the password was checked against. */
  passwordHash?: string | undefined;
  /** The user's `waysIn` when they were found by one of them. */
  waysIn?: number | undefined;
};

/**
 * The part of a statement that notes a sign-in with the user, and gives their row: none when they are disabled or gone,
 * or what was checked does not hold any more.
 */
export function noteSignIn(
  userId: string,
  { passwordHash, waysIn }: Checked,
  { method, at, state, metadata }: SignIn,
): RawBuilder<unknown> {
  return sql`
    update users set last_sign_in_at = ${at}, last_method = ${method}, version = version + 1, state = ${state},
      state_metadata = ${metadata}
    where id = ${userId} and disabled_at is null
      and (${passwordHash ?? null}::text is null or password_hash = ${passwordHash ?? null})
      and (${waysIn ?? null}::integer is null or ways_in = ${waysIn ?? null})
    returning ${USER_COLUMNS}`;
}
