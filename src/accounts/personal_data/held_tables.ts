import { type RawBuilder, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";

/** The newest rows of a table that an export contains. */
export const MOST_ROWS = 1_000;

/** A user. `email` is the verified address: an address that is only claimed can belong to another person. */
export type Person = { id: string; email: string | null };

/**
 * What an export does with a column: shows it, or an expression of it; hides it as a `secret`; or leaves it out as
 * `internal`, because another column has the fact, or it only controls the server.
 */
export type Column = "shown" | "secret" | "internal" | RawBuilder<unknown>;

/** A table with rows about users. */
export type HeldTable<Row> = {
  /** Conditions for the user's rows. Each has an index, and no row meets two of them. */
  of: (person: Person) => RawBuilder<boolean>[];
  columns: Record<keyof Row & string, Column>;
  /** The column that sorts the rows by time. */
  newest: keyof Row & string;
  /** Why rows stay when the user is deleted. Columns that name the person are null then. */
  kept?: string;
};

/** A table with no rows about users, and why. */
type OtherTable<Row> = { leftOut: string; columns: readonly (keyof Row & string)[] };

type AllTables = { [Table in keyof Tables]: HeldTable<Tables[Table]> | OtherTable<Tables[Table]> };

const byUser = ({ id }: Person) => [sql<boolean>`user_id = ${id}`];

/** Rows that no user owns, with the user's address. Collation "C" lowercases ASCII only, and so does the address. */
const mailedTo = ({ email }: Person) =>
  email === null ? [] : [sql<boolean>`user_id is null and lower(to_address) = ${email.toLowerCase()}`];

const flowsOf = (person: Person) => [
  ...byUser(person),
  ...mailedTo(person).map((mail) =>
    sql<boolean>`user_id is null and id = any(array(select flow_id from mails where ${mail}))`
  ),
];

const byFlow = (person: Person) =>
  flowsOf(person).map((flow) => sql<boolean>`flow_id = any(array(select id from flows where ${flow}))`);

/** The keys of `flows.detail` that an export shows. The others lead to a provider's page, or control the flow. */
const FLOW_DETAIL = ["email", "workspace", "scopes", "mode", "redirectUri", "purpose", "factors"];

/** Events by operators and API keys contain the operator's own address and device. */
const BY_OPERATOR = sql`(actor like 'operator:%' or actor like 'api_key:%')`;

/**
 * Every table: how its rows belong to a user, and what an export shows of each column. A new table or column needs
 * a line here: the types and a test require it.
 */
export const HELD_TABLES: AllTables = {
  users: {
    of: ({ id }) => [sql<boolean>`id = ${id}`],
    newest: "id",
    columns: {
      id: "shown",
      username: "shown",
      username_key: "internal",
      email: "shown",
      email_key: "internal",
      email_verified_at: "shown",
      name: "shown",
      name_key: "internal",
      picture_url: "shown",
      is_guest: "shown",
      disabled_at: "shown",
      devices_forgotten_at: "shown",
      state: "shown",
      state_metadata: "shown",
      roles: "shown",
      password_hash: "secret",
      last_method: "shown",
      created_at: "shown",
      last_sign_in_at: "shown",
      auth_id: "internal",
      ways_in: "internal",
      unvouched: "internal",
      factors: "internal",
      version: "internal",
    },
  },
  identities: {
    of: byUser,
    newest: "created_at",
    columns: {
      issuer: "shown",
      subject: "shown",
      user_id: "internal",
      email: "shown",
      created_at: "shown",
    },
  },
  sessions: {
    of: byUser,
    newest: "id",
    kept: "an instance that starts later must know which sessions have ended",
    columns: {
      id: "shown",
      user_id: "internal",
      method: "shown",
      transport: "shown",
      created_at: "shown",
      last_seen_at: "shown",
      ends_at: "shown",
      idle_ends_at: "shown",
      ip_address: "shown",
      address_block: "internal",
      user_agent: "shown",
      generation: "internal",
      refresh_hash: "secret",
      previous_hash: "secret",
      rotated_at: "internal",
      ended_at: "shown",
      factors: "shown",
      authenticated_at: "shown",
    },
  },
  factors: {
    of: byUser,
    newest: "id",
    columns: {
      id: "shown",
      user_id: "internal",
      kind: "shown",
      name: "shown",
      created_at: "shown",
      last_used_at: "shown",
      root_key_id: "internal",
      sealed: "secret",
      last_step: "internal",
      clock_steps: "internal",
      last_difference: "internal",
      credential_id: "shown",
      public_key: sql`encode(public_key, 'base64')`,
      user_handle: sql`encode(user_handle, 'base64')`,
      counter: "internal",
      transports: "shown",
      synced: "shown",
    },
  },
  recovery_codes: {
    of: byUser,
    newest: "user_id",
    columns: { code_hash: "secret", user_id: "internal" },
  },
  totp_enrolments: {
    of: byUser,
    newest: "id",
    columns: {
      id: "internal",
      user_id: "internal",
      session_id: "shown",
      sealed: "secret",
      attempts_left: "internal",
      expires_at: "shown",
    },
  },
  mailed_links: {
    of: byUser,
    newest: "expires_at",
    columns: {
      token_hash: "secret",
      purpose: "shown",
      user_id: "internal",
      email_key: "shown",
      expires_at: "shown",
      used_at: "shown",
    },
  },
  mails: {
    of: (person) => [...byUser(person), ...mailedTo(person)],
    newest: "id",
    columns: {
      id: "shown",
      to_address: "shown",
      subject: "shown",
      status: "shown",
      attempts: "internal",
      last_error: "internal",
      created_at: "shown",
      sent_at: "shown",
      expires_at: "shown",
      flow_id: "shown",
      user_id: "internal",
      sealed: "secret",
    },
  },
  credentials: {
    of: ({ id }) => [sql<boolean>`owner_id = ${id}`],
    newest: "id",
    columns: {
      id: "shown",
      provider: "shown",
      owner_id: "internal",
      label: "shown",
      token_id: "shown",
      scopes: "shown",
      health: "shown",
      expires_at: "shown",
      has_refresh_token: "shown",
      refused: "internal",
      last_checked_at: "shown",
      last_refreshed_at: "shown",
      last_failure: "shown",
      revoked_at: "shown",
      created_at: "shown",
      version: "internal",
      account: "shown",
      issued_at: "shown",
      refresh_at: "internal",
      refresh_failures: "internal",
      claimed_until: "internal",
      changes_at: "internal",
      root_key_id: "internal",
      sealed: "secret",
    },
  },
  flows: {
    of: flowsOf,
    newest: "id",
    columns: {
      id: "shown",
      kind: "shown",
      status: "shown",
      user_id: "internal",
      created_at: "shown",
      updated_at: "shown",
      expires_at: "shown",
      failure: "internal",
      steps: "internal",
      detail:
        sql`(select jsonb_object_agg(key, value) from jsonb_each(detail) where key = any(${FLOW_DETAIL}))`,
      credential_id: "shown",
      version: "internal",
      sealed: "secret",
      holder_hash: "secret",
    },
  },
  email_codes: {
    of: byFlow,
    newest: "flow_id",
    columns: {
      flow_id: "shown",
      email: "shown",
      email_key: "internal",
      code_mac: "secret",
      attempts_left: "internal",
      expires_at: "shown",
    },
  },
  google_authorizations: {
    of: ({ id }) => [sql<boolean>`started_by = ${id}`],
    newest: "flow_id",
    columns: {
      flow_id: "shown",
      state_hash: "secret",
      browser_hash: "secret",
      started_by: "internal",
      session_id: "shown",
      expires_at: "shown",
      used_at: "shown",
      resume: "secret",
    },
  },
  modal_waits: {
    of: byFlow,
    newest: "flow_id",
    columns: { flow_id: "shown", owner: "internal", claim: "internal", ends_at: "shown" },
  },
  events: {
    // Not those of a code for the address: another person can have requested it, from another client address.
    of: ({ id }) => [
      sql<boolean>`user_id = ${id}`,
      sql<boolean>`user_id is null and flow_id = any(array(select id from flows where user_id = ${id}))`,
    ],
    newest: "position",
    kept: "the log keeps its events, with an id that leads to no person",
    columns: {
      position: "internal",
      id: "shown",
      at: "shown",
      type: "shown",
      actor: "shown",
      user_id: "internal",
      session_id: "shown",
      flow_id: "shown",
      credential_id: "shown",
      ip_address: sql`case when not ${BY_OPERATOR} then ip_address end`,
      data: sql`case when ${BY_OPERATOR} then data - array['userAgent', 'block'] else data end`,
    },
  },
  unsequenced_events: {
    leftOut: "events on their way into `events`, for less than a second",
    columns: [
      "seq",
      "id",
      "at",
      "type",
      "actor",
      "user_id",
      "session_id",
      "flow_id",
      "credential_id",
      "ip_address",
      "data",
      "verified_email",
    ],
  },
  rate_limits: {
    leftOut: "hashes of names and client addresses, which expire",
    columns: ["key", "points", "expire"],
  },
  spent_tokens: {
    leftOut: "hashes of used nonces and tokens, which expire",
    columns: ["hash", "expires_at"],
  },
  operators: {
    leftOut: "operators are not users",
    columns: ["id", "name", "role", "token_hash", "created_at", "expires_at", "last_used_at", "revoked_at"],
  },
  api_keys: {
    leftOut: "keys belong to the operators",
    columns: [
      "id",
      "name",
      "prefix",
      "key_hash",
      "scopes",
      "created_at",
      "expires_at",
      "warn_at",
      "last_used_at",
      "created_by",
    ],
  },
  pruned_events: { leftOut: "positions in the log", columns: ["kind", "position"] },
  instances: { leftOut: "running servers", columns: ["id", "started_at", "lease_ends_at"] },
  root_keys: { leftOut: "ids of root keys", columns: ["id", "in_force_since"] },
  signing_keys: {
    leftOut: "keys of the server",
    columns: ["id", "public_jwk", "sealed", "created_at", "signs_from"],
  },
};
