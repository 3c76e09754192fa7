import { type Kysely, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import {
  type Identity,
  identityRow,
  toUser,
  type User,
  USER_COLUMNS,
  type UserColumns,
} from "../../accounts/users/users.ts";

/** What is used up by a sign-in: a nonce of ours, or a token that has none. */
export type Spent = { hash: Uint8Array; expiresAt: Date };

/** Whether it was used up just now, not before; and whose the identity is, with the address that came with it last. */
export type Found = { fresh: boolean; user: User | undefined; email: string | null };

/** Uses it up and looks up whose the identity is, in one statement: of any number at once one finds it fresh. */
export async function spendAndFind(
  db: Kysely<Tables>,
  { hash, expiresAt }: Spent,
  identity: Identity,
): Promise<Found> {
  const { rows: [row] } = await sql<Row>`
    with spent as (
      insert into spent_tokens (hash, expires_at) values (${hash}, ${expiresAt}) on conflict do nothing returning hash
    ), identity as (${identityRow(identity)})
    select exists (select 1 from spent) as fresh, (select email from identity) as identity_email, found.*
    from (select 1) as one
    left join lateral (
      select ${USER_COLUMNS} from users where id = (select user_id from identity)
    ) as found on true`.execute(db);
  if (!row) throw new TypeError("A statement that gives one row gave none");
  return { fresh: row.fresh, user: row.id === null ? undefined : toUser(row), email: row.identity_email };
}

type Row = { fresh: boolean; identity_email: string | null } & (UserColumns | { id: null });

/** Forgets what could not be used any more anyway. */
export async function pruneSpent(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("spent_tokens").where("expires_at", "<", now).execute();
}
