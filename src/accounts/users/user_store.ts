import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { Tables, UserRow } from "../../platform/db/tables.ts";
import type { NewEvent } from "../../events/events.ts";
import { changeWithEvents } from "../../events/write_events.ts";
import type { UserState } from "../states/states.ts";
import type { Named } from "./names.ts";
import type { User } from "./users.ts";

/** The columns of a `User`. Of the password hash, only whether it exists. */
export const USER_COLUMNS = [
  "id",
  "username",
  "email",
  "email_verified_at",
  "name",
  "picture_url",
  "is_guest",
  "disabled_at",
  "state",
  "state_metadata",
  "roles",
  "last_method",
  "created_at",
  "last_sign_in_at",
  "auth_id",
  "ways_in",
  "factors",
  "version",
  sql<boolean>`password_hash is not null`.as("has_password"),
] as const;

/** The search key of a name. */
export function nameKey(name: string | null): string | null {
  return name?.toLowerCase() ?? null;
}

/** A user to store. */
export type NewUser = {
  id: string;
  username: Named | null;
  email: Named | null;
  emailVerifiedAt: Date | null;
  name: string | null;
  passwordHash: string | null;
  createdAt: Date;
  isGuest?: boolean;
  pictureUrl?: string | null;
  /** The identity at the provider that the user signed in with. */
  authId?: string;
  /** Defaults to VISITOR. */
  state?: UserState;
  stateMetadata?: Record<string, unknown>;
};

/**
 * Stores a new user and writes the events, in one statement, and returns the user. Returns undefined and does
 * nothing if the username or verified address is taken.
 */
export async function insertUser(
  db: Kysely<Tables>,
  user: NewUser,
  events: readonly NewEvent[],
): Promise<User | undefined> {
  const change = db.insertInto("users").values(rowOf(user)).onConflict((conflict) => conflict.doNothing())
    .returning(USER_COLUMNS).returning("id as user_id");
  const row = await changeWithEvents(db, change, events);
  return row && toUser(row);
}

export function rowOf(user: NewUser): Insertable<UserRow> {
  return {
    id: user.id,
    username: user.username?.typed ?? null,
    username_key: user.username?.key ?? null,
    email: user.email?.typed ?? null,
    email_key: user.email?.key ?? null,
    email_verified_at: user.emailVerifiedAt,
    name: user.name,
    name_key: nameKey(user.name),
    picture_url: user.pictureUrl ?? null,
    auth_id: user.authId ?? null,
    is_guest: user.isGuest ?? false,
    disabled_at: null,
    state: user.state ?? "VISITOR",
    state_metadata: JSON.stringify(user.stateMetadata ?? {}),
    password_hash: user.passwordHash,
    last_method: null,
    created_at: user.createdAt,
    last_sign_in_at: null,
    version: 1,
  };
}

export async function findUser(db: Kysely<Tables>, id: string): Promise<User | undefined> {
  return (await findUsers(db, [id])).get(id);
}

/** Returns the existing users of these ids, in one query. */
export async function findUsers(db: Kysely<Tables>, ids: readonly string[]): Promise<Map<string, User>> {
  const rows = await db.selectFrom("users").select(USER_COLUMNS)
    .where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toUser(row)]));
}

/** Locks the user until the transaction ends. */
export async function lockUser(db: Transaction<Tables>, id: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(USER_COLUMNS).where("id", "=", id)
    .forUpdate().executeTakeFirst();
  return row && toUser(row);
}

/**
 * Turns a guest into a user with this account. Returns undefined and changes nothing if the user is not a guest
 * or the username is taken. If a parallel transaction takes the username, the unique index makes one of the
 * two fail, and `inTransaction` runs that one again.
 */
export async function takeAccount(
  db: Transaction<Tables>,
  id: string,
  { username, email, passwordHash }: Pick<NewUser, "username" | "email" | "passwordHash">,
): Promise<User | undefined> {
  const row = await db.updateTable("users").set({
    username: username?.typed ?? null,
    username_key: username?.key ?? null,
    email: email?.typed ?? null,
    email_key: email?.key ?? null,
    password_hash: passwordHash,
    name: null,
    name_key: null,
    is_guest: false,
    version: sql`version + 1`,
  }).where("id", "=", id).where("is_guest", "=", true)
    .where(({ not, exists, selectFrom }) =>
      not(exists(
        selectFrom("users as other").select("other.id").where("other.username_key", "=", username?.key ?? ""),
      ))
    ).returning(USER_COLUMNS).executeTakeFirst();
  return row && toUser(row);
}

/**
 * Removes what an attacker may have added to a user: password, identity, mailed links, name and picture. The
 * new `ways_in` makes parallel sign-ins with these fail.
 */
export async function dropSignInMethods(db: Transaction<Tables>, id: string): Promise<void> {
  await db.updateTable("users").set({
    password_hash: null,
    auth_id: null,
    name: null,
    name_key: null,
    picture_url: null,
    unvouched: false,
    ways_in: sql`ways_in + 1`,
    version: sql`version + 1`,
  }).where("id", "=", id).execute();
  await db.deleteFrom("mailed_links").where("user_id", "=", id).execute();
}

/** Whether address and password may belong to different people (R54). */
export async function isUnvouched(db: Kysely<Tables>, id: string): Promise<boolean> {
  const row = await db.selectFrom("users").select("unvouched").where("id", "=", id).executeTakeFirst();
  return row?.unvouched ?? false;
}

export async function setDisabled(db: Transaction<Tables>, id: string, at: Date | null): Promise<void> {
  await db.updateTable("users").set({ disabled_at: at, version: sql`version + 1` }).where("id", "=", id)
    .execute();
}

export async function setRoles(db: Transaction<Tables>, id: string, roles: string[]): Promise<User> {
  const row = await db.updateTable("users").set({ roles, version: sql`version + 1` }).where("id", "=", id)
    .returning(USER_COLUMNS).executeTakeFirstOrThrow();
  return toUser(row);
}

export async function deleteUserRow(db: Transaction<Tables>, id: string): Promise<void> {
  await db.deleteFrom("users").where("id", "=", id).execute();
}

/** A row with `USER_COLUMNS`. */
export type UserColumns =
  & Pick<Selectable<UserRow>, Extract<(typeof USER_COLUMNS)[number], string>>
  & { has_password: boolean };

export function toUser(row: UserColumns): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerifiedAt: row.email_verified_at,
    name: row.name,
    pictureUrl: row.picture_url,
    isGuest: row.is_guest,
    disabledAt: row.disabled_at,
    state: row.state,
    stateMetadata: row.state_metadata,
    roles: row.roles,
    hasPassword: row.has_password,
    lastMethod: row.last_method,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
    authId: row.auth_id,
    signInMethodsVersion: row.ways_in,
    factors: row.factors,
    version: row.version,
  };
}

/** What access tokens say about their user. */
export type TokenUser = Pick<User, "roles" | "username" | "email" | "emailVerifiedAt" | "state">;

/** The columns of a `TokenUser`. No column of `sessions` has the same name. */
export const TOKEN_USER_COLUMNS = ["roles", "username", "email", "email_verified_at", "state"] as const;

export function toTokenUser(row: Pick<Selectable<UserRow>, (typeof TOKEN_USER_COLUMNS)[number]>): TokenUser {
  const { roles, username, email, email_verified_at: emailVerifiedAt, state } = row;
  return { roles, username, email, emailVerifiedAt, state };
}
