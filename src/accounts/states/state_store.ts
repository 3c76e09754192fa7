import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { insertEvent, type NewEvent } from "../../events/events.ts";
import { type NewUser, toUser, type User, USER_COLUMNS, type UserColumns } from "../users/users.ts";
import type { Requirement } from "./requirements.ts";
import type { UserState } from "./states.ts";

/** When a row of `users` meets each requirement. */
const MET: Record<Requirement, string> = {
  // Of whom there is a row, and who asks for themselves, a session has been checked.
  signed_in: "true",
  not_a_guest: "not is_guest",
  verified_email: "email_verified_at is not null",
  username: "username is not null",
  password: "password_hash is not null",
};

/** Those that a row of `users` does not meet, in the same order. */
function unmet(requirements: readonly Requirement[]): RawBuilder<Requirement[]> {
  const each = requirements.map((name) => sql`case when not (${sql.raw(MET[name])}) then ${name} end`);
  return sql`array_remove(array[${sql.join(each)}]::text[], null)`;
}

/** What the user does not meet of `requirements`; all of them when there is no such user. */
export async function unmetRequirements(
  db: Kysely<Tables>,
  userId: string,
  requirements: readonly Requirement[],
): Promise<readonly Requirement[]> {
  const row = await db.selectFrom("users").select(unmet(requirements).as("unmet")).where("id", "=", userId)
    .executeTakeFirst();
  return row?.unmet ?? requirements;
}

/** One change of somebody's state. */
export type Move = {
  userId: string;
  /** The state must be one of these. */
  from: readonly UserState[];
  to: UserState;
  requirements: readonly Requirement[];
};

/** How it came out: the user as they are now, or how they stood when it was refused. */
export type Moved =
  | { user: User }
  | { user?: never; state: UserState; disabled: boolean; unmet: Requirement[] };

/**
 * Changes state and metadata and writes `event`, in one statement that holds the user's row: of any number at once one
 * changes it, and what the others are told is how it is after that. Returns undefined when there is no such user.
 */
export async function moveState(
  db: Kysely<Tables>,
  { userId, from, to, requirements }: Move,
  event: NewEvent,
): Promise<Moved | undefined> {
  const missing = unmet(requirements);
  const { rows: [row] } = await sql<Present & (UserColumns | { id: null })>`
    with present as (
      select id as user_id, state as was, disabled_at is not null as was_disabled, ${missing} as unmet
      from users where id = ${userId} for no key update
    ), changed as (
      update users set state = ${to}, state_metadata = ${withTransition(to, event)}, version = version + 1
      from present
      where id = ${userId} and was = any(${from}) and not was_disabled and cardinality(unmet) = 0
      returning ${USER_COLUMNS}, was
    ), recorded as (${insertEvent("changed", event, FROM)})
    select present.was as present_state, was_disabled, unmet, changed.* from present left join changed on true`
    .execute(db);
  if (!row) return undefined;
  return row.id === null
    ? { state: row.present_state, disabled: row.was_disabled, unmet: row.unmet }
    : { user: toUser(row) };
}

type Present = { present_state: UserState; was_disabled: boolean; unmet: Requirement[] };

/** The metadata with what it says of this change; `was` is the state before. */
function withTransition(to: UserState, { at }: NewEvent): RawBuilder<unknown> {
  const iso = new Date(at).toISOString();
  return sql`state_metadata || jsonb_build_object('transition',
    jsonb_build_object('from', was, 'to', ${to}::text, 'at', ${iso}::text))`;
}

/** What the event says beside its data. */
const FROM = sql`jsonb_build_object('from', was)`;

/** Parts of a statement that signs somebody in, by which a VISITOR who meets AUTH's requirements enters it. */
export type EnteringAuth = {
  /** Gives one row, to be called `held`: the state before (`was`), and whether they enter AUTH (`enters`). */
  held: RawBuilder<unknown>;
  /** State and metadata after it, of `held`. */
  state: RawBuilder<UserState>;
  metadata: RawBuilder<string>;
  /** Records it for the rows of `moved` that enter. */
  recorded: (moved: string) => RawBuilder<unknown>;
};

/** For a user, whose row it holds, or for somebody who is stored with the same statement. */
export function enteringAuth(
  who: string | NewUser,
  requirements: readonly Requirement[],
  event: NewEvent,
): EnteringAuth {
  const enters = sql`state = 'VISITOR' and cardinality(${unmet(requirements)}) = 0 as enters`;
  return {
    held: typeof who === "string"
      ? sql`select state as was, state_metadata, ${enters} from users where id = ${who} for no key update`
      : sql`select state as was, '{}'::jsonb as state_metadata, ${enters} from (${
        asColumns(who)
      }) as new_user`,
    state: sql`(select case when enters then 'AUTH' else was end from held)`,
    metadata: sql`(select case when enters then ${
      withTransition("AUTH", event)
    } else state_metadata end from held)`,
    recorded: (moved) => insertEvent(moved, event, FROM, sql.ref("enters")),
  };
}

/** What requirements ask for, as they will be in the row. */
function asColumns({ isGuest, emailVerifiedAt, username, passwordHash }: NewUser): RawBuilder<unknown> {
  return sql`select 'VISITOR' as state, ${isGuest ?? false}::boolean as is_guest,
    ${emailVerifiedAt}::timestamptz as email_verified_at, ${username?.typed ?? null}::text as username,
    ${passwordHash}::text as password_hash`;
}
