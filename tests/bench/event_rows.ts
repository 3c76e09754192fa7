import type pg from "pg";

/** Rows written per statement. */
const BATCH = 500_000;

/** The days over which the events are spread. */
export const EVENT_LOG_DAYS = 90;

/**
 * Writes `count` events as a busy server would have them, the last one now. A sixth are refusals, in bursts as attacks
 * come. One address in twenty is IPv6.
 */
export async function writeEventRows(pool: pg.Pool, count: number): Promise<void> {
  for (let first = 1; first <= count; first += BATCH) {
    await pool.query(ROWS, [count, first, Math.min(count, first + BATCH - 1), EVENT_LOG_DAYS]);
  }
  await pool.query("select setval('event_position', $1)", [count]);
  await pool.query("vacuum (analyze) events");
}

/** Hashes make the values look random and the rows the same in each run. */
const ROWS = `
  insert into events (position, id, at, type, actor, user_id, session_id, flow_id, credential_id, ip_address, data)
  select n, 'evt_' || n, now() - ($1 - n) * ($4 * interval '1 day') / $1, type,
    coalesce('user:' || user_id, 'system'), user_id,
    case when type like 'session.%' then 'ses_' || user_number || '_' || burst % 9 end,
    case when type like 'flow.%' then 'flw_' || n / 4 end,
    case when type like 'credential.%' then 'crd_' || user_number end,
    case
      when is_refusal and burst % 3 = 0 then '185.220.' || burst % 256 || '.' || h % 256
      when h % 20 = 0 then '2001:db8:' || to_hex(user_number % 60000 + 1) || ':1::' || to_hex(h % 9999 + 1)
      else '10.' || user_number % 256 || '.' || (user_number / 256) % 256 || '.' || h % 4
    end,
    jsonb_strip_nulls(jsonb_build_object(
      'reason', case
        when is_refusal then (array['RATE_LIMITED', 'INVALID_INPUT', 'OVERLOADED', 'FORBIDDEN'])[1 + burst % 4]
        when type = 'password.rejected' then 'wrong_password'
        when type = 'session.revoked' then (array['signed_out', 'too_many', 'password_changed'])[1 + h % 3]
      end,
      'code', case when type = 'flow.failed' then 'MODAL_REJECTED' end,
      'subject', case when is_refusal and user_id is null then left(md5('name' || h % 50000), 16) end,
      'operation', case when is_refusal then 'signInWithPassword' end,
      'userAgent', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
      'requestId', 'req_' || left(md5((n / 2)::text), 12)
    ))
  from (
    select n, h, burst, type, user_number, type like '%.refused' as is_refusal,
      case when not (type like '%.refused' and h % 2 = 0) then 'usr_' || user_number end as user_id
    from (
      select n, abs(hashint8(n)) as h, abs(hashint8(n / 5000)) as burst,
        abs(hashint8(n * 7)) % 100000 as user_number,
        (array[
          'session.issued', 'password.accepted', 'session.refreshed', 'session.refreshed', 'session.refreshed',
          'session.refreshed', 'session.revoked', 'flow.started', 'flow.changed', 'flow.succeeded', 'flow.failed',
          'email_code.requested', 'email_code.accepted', 'password.rejected', 'credential.refreshed',
          'sign_in.refused', 'sign_in.refused', 'request.refused'
        ])[1 + case when abs(hashint8(n)) % 10000 = 0 then 10
          when abs(hashint8(n)) % 18 = 10 then 9 else abs(hashint8(n)) % 18 end] as type
      from generate_series($2::bigint, $3::bigint) n
    ) drawn
  ) rows`;
