import type pg from "pg";
import { newId } from "../../src/lib/ids.ts";

/** Rows of one statement. */
const BATCH = 20_000;

/** One of so many users has a flow. */
const USERS_OF_A_FLOW = 20;

/**
 * Adds so many users, each with a session and an event, and flows of some, as years of use would have left them. Returns
 * some from all over the table. Their names have no order.
 */
export async function newPeople(
  pool: pg.Pool,
  count: number,
  some: number,
  passwordHash: string,
): Promise<Person[]> {
  const chosen: Person[] = [];
  const every = Math.floor(count / some);
  for (let from = 0; from < count; from += BATCH) {
    const people = Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => ({
      id: newId("usr"),
      username: crypto.randomUUID().replaceAll("-", "").slice(0, 20),
      sessionId: newId("ses"),
      eventId: newId("evt"),
      ip: `10.${[16, 8, 0].map((bits) => (from + n) >> bits & 255).join(".")}`,
    }));
    await insert(pool, people, passwordHash);
    chosen.push(...people.filter((_, n) => (from + n) % every === 0));
  }
  return chosen.slice(0, some);
}

type Person = { id: string; username: string; sessionId: string; eventId: string; ip: string };

async function insert(pool: pg.Pool, people: readonly Person[], passwordHash: string): Promise<void> {
  const columns = ["id", "username", "sessionId", "eventId", "ip"] as const;
  const flowIds = people.map((_, n) => n % USERS_OF_A_FLOW === 0 ? newId("flw") : null);
  await pool.query(
    `with person as (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
         as p (id, username, session_id, event_id, ip, flow_id)
     ), added as (
       insert into users (id, username, username_key, email, email_key, email_verified_at, is_guest, state, state_metadata,
         password_hash, last_method, created_at, last_sign_in_at, version)
       select id, username, username, username || '@example.test', username || '@example.test', now(), false, 'AUTH', '{}',
         $7, 'PASSWORD', now(), now(), 1 from person
     ), signed_in as (
       insert into sessions (id, user_id, method, transport, created_at, last_seen_at, ends_at, idle_ends_at, generation,
         ip_address)
       select session_id, id, 'PASSWORD', 'TOKENS', now(), now(), now() + interval '180 d', now() + interval '30 d', 0, ip
       from person
     ), connected as (
       insert into flows (id, kind, status, user_id, created_at, updated_at, expires_at, steps, detail, version)
       select flow_id, 'MODAL_TOKEN', 'SUCCEEDED', id, now(), now(), now() + interval '1 h', '[]', '{}', 1
       from person where flow_id is not null
     )
     insert into events (position, id, at, type, actor, user_id, session_id, data, ip_address)
     select nextval('event_position'), event_id, now(), 'session.issued', 'user:' || id, id, session_id, '{}', ip from person`,
    [...columns.map((column) => people.map((person) => person[column])), flowIds, passwordHash],
  );
}
