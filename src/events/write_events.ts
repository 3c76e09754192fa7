import { type Compilable, type Insertable, type Kysely, type RawBuilder, sql } from "kysely";
import type { Conditional } from "../platform/db/conditional.ts";
import type { Tables, UnsequencedEventRow } from "../platform/db/tables.ts";

/** An event to be written. */
export type NewEvent = Insertable<UnsequencedEventRow>;

/** An event of the user who owns a changed row: the statement fills in `user_id` and `actor`. */
export type OwnersEvent = Omit<NewEvent, "user_id" | "actor">;

/** A statement that inserts rows and depends on nothing: one that Kysely builds, or another library's. */
export type Insertion = Compilable | RawBuilder<unknown>;

/** Carries out insertions and writes the events about them in one statement: all or none, without a transaction. */
export async function insertWithEvents(
  db: Kysely<Tables>,
  insertions: readonly Insertion[],
  events: readonly NewEvent[],
): Promise<void> {
  const parts = insertions.map((insertion, index) => sql`${sql.ref(`inserted_${index}`)} as (${insertion})`);
  await sql`
    ${parts.length > 0 ? sql`with ${sql.join(parts)}` : sql``}
    insert into unsequenced_events (${COLUMNS}) select ${COLUMNS} from ${asTable(events)}`.execute(db);
}

/** A row that a change returns, with its owner. */
type Owned = { user_id: string };

/** Builds a statement that has an effect only if there is a row in `changed`. */
export type Consequence = (db: Kysely<Tables & { changed: Owned }>) => Compilable;

/** Builds a consequence of an update or deletion. */
export function ifChanged(statement: Conditional): Consequence {
  return (db) => statement.where(sql<boolean>`exists (${db.selectFrom("changed").select("user_id")})`);
}

/**
 * Makes a change that returns one row at most, and returns that row. If there is one, the same statement also has the
 * `consequences` and writes the events. None of them sees what another writes.
 */
export async function changeWithEvents<Row extends Owned>(
  db: Kysely<Tables>,
  change: Compilable<Row>,
  events: readonly (NewEvent | OwnersEvent)[],
  consequences: readonly Consequence[] = [],
): Promise<Row | undefined> {
  const known = db.withTables<{ changed: Owned }>();
  const parts = consequences.map((build, index) =>
    sql`, ${sql.ref(`consequence_${index}`)} as (${build(known)})`
  );
  const { rows } = await sql<Row>`
    with changed as (${change})${sql.join(parts, sql``)}, recorded as (
      insert into unsequenced_events (${COLUMNS})
      select event.id, event.at, event.type, coalesce(event.actor, 'user:' || changed.user_id),
        case when event.actor is null then changed.user_id else event.user_id end, event.session_id,
        event.flow_id, event.credential_id, event.ip_address, event.data
      from changed, ${asTable(events)}
    ) select * from changed`.execute(db);
  return rows[0];
}

/** The event as its owner's. */
export function ownersEvent({ user_id: _userId, actor: _actor, ...event }: NewEvent): OwnersEvent {
  return event;
}

const COLUMNS = sql.raw("id, at, type, actor, user_id, session_id, flow_id, credential_id, ip_address, data");

/** Events as the table `event`, in one parameter: a statement has room for any number of them. */
function asTable(events: readonly (NewEvent | OwnersEvent)[]): RawBuilder<unknown> {
  const rows = events.map((event) => ({ ...event, data: JSON.parse(event.data) as unknown }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as event (id text, at timestamptz, type text,
    actor text, user_id text, session_id text, flow_id text, credential_id text, ip_address text, data jsonb)`;
}
