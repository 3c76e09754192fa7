import { type RawBuilder, sql } from "kysely";
import { ipv6Block } from "../platform/network/ip_address.ts";
import { isAddressPart, reasonBegins, typeHas } from "./event_words.ts";
import type { AuthEvent } from "./events.ts";

/** Selects events; an event must match every condition that is set. */
export type EventFilter = {
  types?: readonly string[] | undefined;
  userId?: string | undefined;
  flowId?: string | undefined;
  credentialId?: string | undefined;
  /** In canonical form. */
  ipAddress?: string | undefined;
  /** An IPv6 /64 in canonical form, such as `2001:db8::/64`. */
  block?: string | undefined;
  /** The earliest time, inclusive. */
  since?: Date | undefined;
  /** The latest time, exclusive. */
  until?: Date | undefined;
  /** `data.reason`, or `data.code` of events without a reason. */
  reason?: string | undefined;
  /** The event must be about one of them. */
  subjects?: readonly Subject[] | undefined;
  /** Lower-case ASCII. The type, one of its parts after a dot, the reason or the client address begins with it. */
  text?: string | undefined;
  /** Addresses of operators and API keys match nothing, because the caller may not know them. */
  hidesOperators?: boolean | undefined;
};

/** A field of events, and the value that it must have. */
export type Subject = {
  field: "userId" | "sessionId" | "flowId" | "credentialId" | "requestId" | "subject" | "ipAddress";
  value: string;
};

/** A searchable value: the SQL expression of its index, and the same value of an event in memory. */
type Field = {
  sql: RawBuilder<string | null>;
  of: (event: AuthEvent) => unknown;
  /** The condition of the partial index. */
  indexed: RawBuilder<boolean>;
};

function field(value: RawBuilder<string | null>, of: Field["of"], indexed?: RawBuilder<boolean>): Field {
  return { sql: value, of, indexed: indexed ?? sql`${value} is not null` };
}

/** The fields that have an index with the position; see `migrations/0020_event_search.ts`. */
export const FIELDS = {
  type: field(sql`type`, ({ type }) => type),
  userId: field(sql`user_id`, ({ userId }) => userId),
  sessionId: field(sql`session_id`, ({ sessionId }) => sessionId),
  flowId: field(sql`flow_id`, ({ flowId }) => flowId),
  credentialId: field(sql`credential_id`, ({ credentialId }) => credentialId),
  requestId: field(
    sql`((data->>'requestId') collate "C")`,
    ({ requestId }) => requestId,
    sql`data->>'requestId' is not null`,
  ),
  subject: field(
    sql`((data->>'subject') collate "C")`,
    ({ data }) => data["subject"],
    sql`data->>'subject' is not null`,
  ),
  reason: field(
    sql`(coalesce(data->>'reason', data->>'code') collate "C")`,
    ({ data }) => data["reason"] ?? data["code"],
    sql`coalesce(data->>'reason', data->>'code') is not null`,
  ),
  ipAddress: field(sql`ip_address`, ({ ipAddress }) => ipAddress),
  block: field(
    sql`ipv6_block(ip_address)`,
    ({ ipAddress }) => ipAddress && ipv6Block(ipAddress),
    sql`ip_address like '%:%'`,
  ),
} satisfies Record<string, Field>;

/** A condition in SQL and in memory. Both mean the same, so that pages and subscriptions select the same events. */
type Condition = { sql: RawBuilder<boolean>; matches: (event: AuthEvent) => boolean };

function equals({ sql: value, of }: Field, wanted: string): Condition {
  return { sql: sql`${value} = ${wanted}`, matches: (event) => of(event) === wanted };
}

function anyOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: sql`false`, matches: () => false };
  return {
    sql: sql`(${sql.join(conditions.map((condition) => condition.sql), sql` or `)})`,
    matches: (event) => conditions.some((condition) => condition.matches(event)),
  };
}

function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: sql`true`, matches: () => true };
  return {
    sql: sql`(${sql.join(conditions.map((condition) => condition.sql), sql` and `)})`,
    matches: (event) => conditions.every((condition) => condition.matches(event)),
  };
}

/** Searches by time use a range of positions; the addition keeps the planner from using the index of times. */
const AT = sql`at + interval '0 s'`;

const HAS_VISIBLE_DEVICE: Condition = {
  sql: sql`actor not like 'operator:%' and actor not like 'api_key:%'`,
  matches: ({ actor }) => !actor.startsWith("operator:") && !actor.startsWith("api_key:"),
};

/** Returns the filter as one condition. */
export function conditionOf(filter: EventFilter): Condition {
  const { types, since, until, subjects, text, hidesOperators = false } = filter;
  const byAddress = (["ipAddress", "block"] as const).flatMap((name) => {
    const wanted = filter[name];
    return wanted === undefined ? [] : [equals(FIELDS[name], wanted)];
  });
  return allOf([
    ...(types
      ? [{ sql: sql<boolean>`type = any(${types})`, matches: ({ type }: AuthEvent) => types.includes(type) }]
      : []),
    ...(["userId", "flowId", "credentialId", "reason"] as const).flatMap((name) => {
      const wanted = filter[name];
      return wanted === undefined ? [] : [equals(FIELDS[name], wanted)];
    }),
    ...byAddress,
    ...(byAddress.length > 0 && hidesOperators ? [HAS_VISIBLE_DEVICE] : []),
    ...(since ? [{ sql: sql<boolean>`${AT} >= ${since}`, matches: ({ at }: AuthEvent) => at >= since }] : []),
    ...(until ? [{ sql: sql<boolean>`${AT} < ${until}`, matches: ({ at }: AuthEvent) => at < until }] : []),
    ...(subjects ? [anyOf(subjects.map(({ field, value }) => equals(FIELDS[field], value)))] : []),
    ...(text === undefined ? [] : [wordCondition(text, hidesOperators)]),
  ]);
}

function wordCondition(word: string, hidesOperators: boolean): Condition {
  const ofAddress: Condition = {
    sql: sql`starts_with(ip_address, ${word})`,
    matches: ({ ipAddress }) => ipAddress?.startsWith(word) ?? false,
  };
  return anyOf([
    { sql: sql`strpos('.' || type, ${`.${word}`}) > 0`, matches: ({ type }) => typeHas(type, word) },
    {
      sql: sql`starts_with(lower(${FIELDS.reason.sql}), ${word})`,
      matches: (event) => reasonBegins(FIELDS.reason.of(event), word),
    },
    ...(isAddressPart(word) ? [hidesOperators ? allOf([ofAddress, HAS_VISIBLE_DEVICE]) : ofAddress] : []),
  ]);
}
