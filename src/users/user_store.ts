import {
  type Expression,
  type Insertable,
  type Kysely,
  type RawBuilder,
  type Selectable,
  sql,
  type Transaction,
} from "kysely";
import type { Tables, UserRow } from "../db/tables.ts";
import { insertEvents, type NewEvent } from "../events/events.ts";
import type { Page } from "../paging.ts";
import { hadSessionFrom } from "../sessions/sessions.ts";
import type { Named } from "./names.ts";
import type { UserState } from "../states/states.ts";
import type { AuthMethod, User } from "./users.ts";

/** The columns of a `User`: the password's hash never leaves the folder that checks it. */
const COLUMNS = [
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
  "last_method",
  "created_at",
  "last_sign_in_at",
  "auth_id",
  "ways_in",
  "version",
] as const;

/** The same, for a statement of somebody else's that touches users: what it returns is for `toUser`. */
export const USER_COLUMNS = sql.raw(`${COLUMNS.join(", ")}, password_hash is not null as has_password`);

const hasPassword = sql<boolean>`password_hash is not null`.as("has_password");

/** What a name is searched by. */
export function nameKey(name: string | null): string | null {
  return name?.toLowerCase() ?? null;
}

/** Holds the user until the transaction ends: nobody deletes them meanwhile. Returns whether they are there. */
export async function holdUser(db: Transaction<Tables>, id: string): Promise<boolean> {
  const row = await db.selectFrom("users").select("id").where("id", "=", id).forKeyShare().executeTakeFirst();
  return row !== undefined;
}

/** What is known of a user when they come. */
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
  /** Who they are at the provider that they signed in with. */
  authId?: string;
};

/** How and when somebody signs in, and their state and its metadata after it. */
export type SignIn = {
  method: AuthMethod;
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

/**
 * Stores a new user and writes the events, in one statement, and returns them. Does nothing when the name or the proven
 * address is taken.
 */
export async function insertUser(
  db: Kysely<Tables>,
  user: NewUser,
  events: readonly NewEvent[],
): Promise<User | undefined> {
  const added = db.insertInto("users").values(rowOf(user)).onConflict((conflict) => conflict.doNothing())
    .returning([...COLUMNS, "id as user_id"]).returning(hasPassword);
  const { rows } = await sql<Row>`
    with added as (${added}), recorded as (${insertEvents("added", events)}) select * from added`.execute(db);
  return rows[0] && toUser(rows[0]);
}

/** A new user as a row. */
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
    state: "VISITOR",
    state_metadata: "{}",
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

/** The users of these ids that exist, in one query. */
export async function findUsers(db: Kysely<Tables>, ids: readonly string[]): Promise<Map<string, User>> {
  const rows = await db.selectFrom("users").select(COLUMNS).select(hasPassword)
    .where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toUser(row)]));
}

/** The user, locked until the transaction ends. */
export async function lockUser(db: Transaction<Tables>, id: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(COLUMNS).select(hasPassword).where("id", "=", id)
    .forUpdate().executeTakeFirst();
  return row && toUser(row);
}

/** Who has the address: the one user who has proven that it is theirs, or else somebody who claims it. */
export async function findByEmail(db: Kysely<Tables>, emailKey: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(COLUMNS).select(hasPassword).where(
    "email_key",
    "=",
    emailKey,
  )
    .orderBy(sql`email_verified_at is null`).limit(1).executeTakeFirst();
  return row && toUser(row);
}

/** The one user who has proven that the address is theirs. */
export async function findByVerifiedEmail(db: Kysely<Tables>, emailKey: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(COLUMNS).select(hasPassword)
    .where("email_key", "=", emailKey).where("email_verified_at", "is not", null).executeTakeFirst();
  return row && toUser(row);
}

/**
 * Who claims the address without having proven it. Nobody when several do: whom a mail to it would help cannot be told.
 */
export async function findByClaimedEmail(db: Kysely<Tables>, emailKey: string): Promise<User | undefined> {
  const rows = await db.selectFrom("users").select(COLUMNS).select(hasPassword)
    .where("email_key", "=", emailKey).where("email_verified_at", "is", null).limit(2).execute();
  const [only] = rows;
  return rows.length === 1 && only ? toUser(only) : undefined;
}

/** Whether whoever has proven the address has had a session from there. */
export async function isKnownAddress(
  db: Kysely<Tables>,
  emailKey: string,
  ipAddress: string | null,
): Promise<boolean> {
  const row = await db.selectFrom("users").select("id").where("email_key", "=", emailKey)
    .where("email_verified_at", "is not", null).where(hadSessionFrom("users.id", ipAddress))
    .executeTakeFirst();
  return row !== undefined;
}

/** Until the transaction ends, nobody else proves that this address is theirs. */
export async function lockEmail(db: Transaction<Tables>, emailKey: string): Promise<void> {
  await sql`select ${emailLock(sql.val(emailKey))}`.execute(db);
}

/** The same as part of a statement. */
export function emailLock(emailKey: Expression<unknown>): RawBuilder<unknown> {
  return sql`pg_advisory_xact_lock(hashtextextended('email ' || (${emailKey})::text, 0))`;
}

/**
 * Marks the address as proven, unless the user has another one by now, is disabled, or somebody else has proven it.
 * The caller holds `lockEmail`. Returns whether it did.
 */
export async function setEmailVerified(
  db: Transaction<Tables>,
  id: string,
  emailKey: string,
  at: Date,
): Promise<boolean> {
  const row = await db.updateTable("users").set({ email_verified_at: at, version: sql`version + 1` })
    .where("id", "=", id).where("email_key", "=", emailKey).where("disabled_at", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(
        selectFrom("users as other").select("other.id").where("other.email_key", "=", emailKey)
          .where("other.email_verified_at", "is not", null).where("other.id", "!=", id),
      ))
    ).returning("id").executeTakeFirst();
  return row !== undefined;
}

/**
 * Makes a guest a user with this account. Returns undefined, and changes nothing, when they are no guest any more or
 * the name is taken. (Somebody who takes it at the same moment makes one of the two fail: the index sees to it.)
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
    ).returning(COLUMNS).returning(hasPassword).executeTakeFirst();
  return row && toUser(row);
}

/** Who claims the address without having proven it, the newest one that is not disabled; all are locked. */
export async function lockClaimants(db: Transaction<Tables>, emailKey: string): Promise<string | undefined> {
  const rows = await db.selectFrom("users").select(["id", "disabled_at"]).where("email_key", "=", emailKey)
    .where("email_verified_at", "is", null).orderBy("id", "desc").forUpdate().execute();
  return rows.find((row) => row.disabled_at === null)?.id;
}

/** Takes the address from all who have not proven it but one, and returns who they are. */
export async function dropClaims(
  db: Transaction<Tables>,
  emailKey: string,
  exceptId: string | undefined,
): Promise<string[]> {
  const rows = await db.updateTable("users").set({ email: null, email_key: null, version: sql`version + 1` })
    .where("email_key", "=", emailKey).where("email_verified_at", "is", null)
    .where("id", "!=", exceptId ?? "").returning("id").execute();
  return rows.map(({ id }) => id);
}

/**
 * Takes from a user what somebody else may have put there: the password, what they are at a provider, links on their way,
 * name and picture. Whoever is being signed in by one of these is not.
 */
export async function dropWaysIn(db: Transaction<Tables>, id: string): Promise<void> {
  await db.updateTable("users").set({
    password_hash: null,
    auth_id: null,
    name: null,
    name_key: null,
    picture_url: null,
    ways_in: sql`ways_in + 1`,
    version: sql`version + 1`,
  }).where("id", "=", id).execute();
  await db.deleteFrom("mailed_links").where("user_id", "=", id).execute();
}

/**
 * Gives an address that is proven to be theirs to a user who has none that is proven; a guest is none any more. The
 * caller holds `lockEmail`. Returns undefined, and changes nothing, when there is no such user, they are
 * disabled, or no guest (any more) where `isGuest` says so.
 */
export async function takeEmail(
  db: Transaction<Tables>,
  id: string,
  isGuest: boolean,
  email: Named,
  at: Date,
): Promise<User | undefined> {
  const row = await db.updateTable("users").set({
    email: email.typed,
    email_key: email.key,
    email_verified_at: at,
    name: sql`case when is_guest then null else name end`,
    name_key: sql`case when is_guest then null else name_key end`,
    is_guest: false,
    version: sql`version + 1`,
  }).where("id", "=", id).where("is_guest", "=", isGuest).where("disabled_at", "is", null)
    .where("email_verified_at", "is", null).returning(COLUMNS).returning(hasPassword).executeTakeFirst();
  return row && toUser(row);
}

/** What a provider says of a user. */
export type ProviderProfile = {
  authId: string;
  email: Named | null;
  name: string | null;
  pictureUrl: string | null;
};

/**
 * Writes what Google says of a user: name and picture where it says them, the address where they have none; a guest is
 * none any more. The caller holds `lockEmail` of the address. Returns whether they are there, and as `isGuest` says.
 */
export async function setGoogleProfile(
  db: Transaction<Tables>,
  id: string,
  isGuest: boolean,
  { authId, email, name, pictureUrl }: ProviderProfile,
): Promise<boolean> {
  const row = await db.updateTable("users").set({
    auth_id: authId,
    email: sql`coalesce(email, ${email?.typed ?? null})`,
    email_key: sql`coalesce(email_key, ${email?.key ?? null})`,
    name: sql`coalesce(${name}, case when is_guest then null else name end)`,
    name_key: sql`coalesce(${nameKey(name)}, case when is_guest then null else name_key end)`,
    picture_url: sql`coalesce(${pictureUrl}, picture_url)`,
    is_guest: false,
    version: sql`version + 1`,
  }).where("id", "=", id).where("is_guest", "=", isGuest).returning("id").executeTakeFirst();
  return row !== undefined;
}

/**
 * Gives a user another proven address in the place of `from`, unless somebody has or claims it. The caller holds
 * `lockEmail`.
 */
export async function setGoogleEmail(
  db: Transaction<Tables>,
  id: string,
  from: string,
  to: Named,
): Promise<void> {
  await db.updateTable("users").set({ email: to.typed, email_key: to.key, version: sql`version + 1` })
    .where("id", "=", id).where("email_key", "=", from).where("email_verified_at", "is not", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("users as other").select("other.id").where("other.email_key", "=", to.key)))
    ).execute();
}

export async function setDisabled(db: Transaction<Tables>, id: string, at: Date | null): Promise<void> {
  await db.updateTable("users").set({ disabled_at: at, version: sql`version + 1` }).where("id", "=", id)
    .execute();
}

export async function deleteUserRow(db: Transaction<Tables>, id: string): Promise<void> {
  await db.deleteFrom("users").where("id", "=", id).execute();
}

/** One page of users by id, which is by creation. `search` is the beginning of a username, address, name or id. */
export async function pageOfUsers(
  db: Kysely<Tables>,
  page: Page,
  search: string | undefined,
): Promise<User[]> {
  const rows = await matching(db, search).select(COLUMNS).select(hasPassword)
    .$if(page.after !== undefined, (query) => query.where("id", ">", page.after ?? ""))
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before ?? ""))
    .orderBy("id", page.newestFirst ? "desc" : "asc").limit(page.limit).execute();
  return rows.map(toUser);
}

/** How many users there are, or match; `undefined` when they are more than `most`. */
export async function countUsers(
  db: Kysely<Tables>,
  search: string | undefined,
  most: number,
): Promise<number | undefined> {
  const some = matching(db, search).select("id").limit(most + 1).as("some");
  const row = await db.selectFrom(some).select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirst();
  const count = Number(row?.count ?? 0);
  return count > most ? undefined : count;
}

function matching(db: Kysely<Tables>, search: string | undefined) {
  const prefix = `${(search ?? "").trim().toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
  return db.selectFrom("users").$if(prefix !== "%", (query) =>
    query.where((eb) =>
      eb.or([
        eb("username_key", "like", prefix),
        eb("email_key", "like", prefix),
        eb("name_key", "like", prefix),
        eb("id", "=", prefix.slice(0, -1).replaceAll("\\", "")),
      ])
    ));
}

/** A row with `USER_COLUMNS`. */
export type UserColumns = Row;

type Row = Pick<Selectable<UserRow>, (typeof COLUMNS)[number]> & { has_password: boolean };

export function toUser(row: Row): User {
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
    hasPassword: row.has_password,
    lastMethod: row.last_method,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
    authId: row.auth_id,
    waysIn: row.ways_in,
    version: row.version,
  };
}
