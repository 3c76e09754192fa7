import { type Kysely, sql } from "kysely";

/**
 * Compares and sorts text by its bytes, in a database of any language: ids sort by their time only in byte order. Only
 * indexes are built again; rows do not change.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, columns] of Object.entries(TEXT_COLUMNS)) {
    const changes = columns.map((column) => {
      const [name = "", type = "text"] = column.split(" ");
      return sql`alter column ${sql.ref(name)} type ${sql.raw(type)} collate "C"`;
    });
    await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(db);
  }
}

/** Every column of text so far. */
const TEXT_COLUMNS: Record<string, readonly string[]> = {
  unsequenced_events: [
    "id",
    "type",
    "actor",
    "user_id",
    "session_id",
    "flow_id",
    "credential_id",
    "ip_address",
  ],
  events: ["id", "type", "actor", "user_id", "session_id", "flow_id", "credential_id", "ip_address"],
  instances: ["id"],
  root_keys: ["id"],
  operators: ["id", "name", "role"],
  credentials: [
    "id",
    "provider",
    "owner_id",
    "label",
    "token_id",
    "scopes text[]",
    "health",
    "last_failure",
    "account",
    "root_key_id",
    "sealed",
  ],
  flows: ["id", "kind", "status", "user_id", "credential_id", "sealed"],
  modal_waits: ["flow_id", "owner"],
  mails: ["id", "to_address", "subject", "status", "last_error", "flow_id", "user_id", "sealed"],
  users: [
    "id",
    "username",
    "username_key",
    "email",
    "email_key",
    "name",
    "name_key",
    "picture_url",
    "state",
    "password_hash",
    "last_method",
    "auth_id",
  ],
  mailed_links: ["purpose", "user_id", "email_key"],
  sessions: ["id", "user_id", "method", "transport", "ip_address", "address_block", "user_agent"],
  signing_keys: ["id", "sealed"],
  rate_limits: ["key varchar(255)"],
  email_codes: ["flow_id", "email", "email_key"],
  identities: ["issuer", "subject", "user_id", "email"],
  google_authorizations: ["flow_id", "started_by", "session_id", "resume"],
};
