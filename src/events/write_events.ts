import { type Compilable, type Insertable, type Kysely, type RawBuilder, sql } from "kysely";
import type { Conditional } from "../platform/db/conditional.ts";
import type { Tables, UnsequencedEventRow } from "../platform/db/tables.ts";

/** An event that is not written yet. */
export type NewEvent = Insertable<UnsequencedEventRow>;

/** An event by the owner of a changed row. The statement fills in `user_id` and `actor`. */
export type OwnersEvent = Omit<NewEvent, "user_id" | "actor" | "verified_email">;

/** A statement that inserts rows and needs no result of another; from Kysely or from another library. */
export type Insertion = Compilable | RawBuilder<unknown>;

/** Executes the insertions and writes the events in one statement, so it is atomic without a transaction. */
export async function insertWithEvents(
  db: Kysely<Tables>,
  insertions: readonly Insertion[],
  events: readonly NewEvent[],
): Promise<void> {
  const parts = insertions.map((insertion, index) => sql`${sql.ref(`inserted_${index}`)} as (${insertion})`);
  await sql`
    ${parts.length > 0 ? sql`with ${sql.join(parts)}` : sql``}
    insert into unsequenced_events (${COLUMNS}, verified_email)
    select ${COLUMNS}, verified_email from ${asTable(events)}`.execute(db);
}

/** A part of a statement that takes effect only if the statement's change returned a row. */
export type Consequence = { part: RawBuilder<unknown> };

/** Makes an update or deletion a consequence. */
export function ifChanged(statement: Conditional): Consequence {
  return { part: sql`${statement.where(sql<boolean>`exists (select from changed)`)}` };
}

/** Makes an insertion a consequence. The new row gets the `user_id` of the changed row. */
export function insertForOwner<T extends keyof Tables>(
  table: T,
  row: Omit<Insertable<Tables[T]>, "user_id">,
): Consequence {
  const columns = sql.join(Object.keys(row).map((name) => sql.ref(name)));
  const values = sql.join(Object.values(row));
  return {
    part: sql`insert into ${sql.table(table)} (user_id, ${columns}) select user_id, ${values} from changed`,
  };
}

/**
 * Executes a change that returns at most one row, and returns that row. If there is a row, the same statement executes
 * the `consequences` and writes the events. The parts of the statement do not see each other's writes. The row's
 * `user_id` is its owner.
 */
export async function changeWithEvents<Row extends { user_id: string }>(
  db: Kysely<Tables>,
  change: Compilable<Row>,
  events: readonly (NewEvent | OwnersEvent)[],
  consequences: readonly Consequence[] = [],
): Promise<Row | undefined> {
  const parts = consequences.map(({ part }, index) => sql`, ${sql.ref(`consequence_${index}`)} as (${part})`);
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

/** Removes the actor and the user, so that the statement fills in the row's owner. */
export function ownersEvent({ user_id: _userId, actor: _actor, ...event }: NewEvent): OwnersEvent {
  return event;
}

const COLUMNS = sql.raw("id, at, type, actor, user_id, session_id, flow_id, credential_id, ip_address, data");

/** Builds the table `event` from one parameter, so the number of events is not limited by the number of parameters. */
function asTable(events: readonly (NewEvent | OwnersEvent)[]): RawBuilder<unknown> {
  const rows = events.map((event) => ({ ...event, data: JSON.parse(event.data) as unknown }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as event (id text, at timestamptz, type text,
    actor text, user_id text, session_id text, flow_id text, credential_id text, ip_address text, data jsonb, verified_email text)`;
}
