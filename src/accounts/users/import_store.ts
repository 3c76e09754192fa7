import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { type NewUser, rowOf } from "./user_store.ts";

/** Blocks other imports until the transaction ends, so that each sees the users added by the other. */
export async function lockImports(db: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('import of users', 0))`.execute(db);
}

/** Returns those addresses that users claim without having verified them. */
export async function findClaimed(db: Kysely<Tables>, emailKeys: readonly string[]): Promise<string[]> {
  const rows = await db.selectFrom("users").select("email_key").distinct()
    .where(isAnyOf("email_key", emailKeys)).where("email_verified_at", "is", null).execute();
  return rows.flatMap(({ email_key }) => email_key ?? []);
}

/** The user of a username: the address, and whether it is verified. */
export type UsernameHolder = { emailKey: string | null; proven: boolean };

/** Returns the holders of the taken usernames, by username key. */
export async function findUsernameHolders(
  db: Kysely<Tables>,
  usernameKeys: readonly string[],
): Promise<Map<string, UsernameHolder>> {
  const rows = await db.selectFrom("users").select(["username_key", "email_key"]).select(PROVEN)
    .where(isAnyOf("username_key", usernameKeys)).execute();
  return new Map(
    rows.map((row) => [row.username_key ?? "", { emailKey: row.email_key, proven: row.proven }]),
  );
}

/** Returns which of these addresses are verified, and which are claimed by users without a username. */
export async function findOwned(
  db: Kysely<Tables>,
  emailKeys: readonly string[],
): Promise<{ proven: Set<string>; claimed: Set<string> }> {
  const rows = await db.selectFrom("users").select("email_key").select(PROVEN).distinct()
    .where(isAnyOf("email_key", emailKeys))
    .where((eb) => eb.or([eb("email_verified_at", "is not", null), eb("username_key", "is", null)]))
    .execute();
  const keys = (proven: boolean) =>
    new Set(rows.flatMap((row) => row.proven === proven ? row.email_key ?? [] : []));
  return { proven: keys(true), claimed: keys(false) };
}

const PROVEN = sql<boolean>`email_verified_at is not null`.as("proven");

function isAnyOf(column: "username_key" | "email_key", keys: readonly string[]) {
  return sql<boolean>`${sql.ref(column)} = any(${keys})`;
}

/** A user as stored by an import. */
export type ImportedUser = NewUser & { disabledAt: Date | null; unvouched: boolean };

/**
 * Stores new users in one statement, except those whose username or verified address is taken. Returns the
 * ids of the stored users.
 */
export async function insertUsers(
  db: Transaction<Tables>,
  users: readonly ImportedUser[],
): Promise<Set<string>> {
  if (users.length === 0) return new Set();
  const rows = await db.insertInto("users").values(
    users.map((user) => ({ ...rowOf(user), disabled_at: user.disabledAt, unvouched: user.unvouched })),
  )
    .onConflict((conflict) => conflict.doNothing()).returning("id").execute();
  return new Set(rows.map(({ id }) => id));
}

/** Deletes users whose import failed in this transaction, with their factors. */
export async function deleteImported(db: Transaction<Tables>, ids: readonly string[]): Promise<void> {
  await db.deleteFrom("users").where(sql<boolean>`id = any(${ids})`).execute();
}
