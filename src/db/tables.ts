import type { Generated, JSONColumnType } from "kysely";

/**
 * The tables as the migrations leave them, for Kysely's types. Only `_store.ts` files, and the few of `db/`,
 * read or write them.
 */
export interface Tables {
  unsequenced_events: UnsequencedEventRow;
  events: EventRow;
  instances: InstanceRow;
  root_keys: RootKeyRow;
  operators: OperatorRow;
  credentials: CredentialRow;
  flows: FlowRow;
  modal_waits: ModalWaitRow;
  mails: MailRow;
}

type Json = JSONColumnType<Record<string, unknown>>;

interface EventColumns {
  id: string;
  at: Date;
  type: string;
  actor: string;
  user_id: string | null;
  session_id: string | null;
  flow_id: string | null;
  credential_id: string | null;
  ip_address: string | null;
  data: Json;
}

export interface UnsequencedEventRow extends EventColumns {
  seq: Generated<string>;
}

export interface EventRow extends EventColumns {
  position: number;
}

export interface InstanceRow {
  id: string;
  started_at: Date;
  lease_ends_at: Date;
}

export interface RootKeyRow {
  id: string;
  /** When it last became the current one. */
  in_force_since: Date;
}

export interface OperatorRow {
  id: string;
  name: string;
  role: "READ" | "OPERATE" | "REVEAL";
  token_hash: Uint8Array;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export interface CredentialRow {
  id: string;
  provider: "MODAL" | "GOOGLE";
  owner_id: string | null;
  label: string;
  token_id: string | null;
  scopes: string[];
  health: "HEALTHY" | "EXPIRING" | "EXPIRED" | "REAUTHORIZATION_REQUIRED" | "REVOKED" | "UNKNOWN";
  expires_at: Date | null;
  has_refresh_token: boolean;
  refused: boolean;
  last_checked_at: Date | null;
  last_refreshed_at: Date | null;
  last_failure: string | null;
  revoked_at: Date | null;
  created_at: Date;
  version: number;
  root_key_id: string | null;
  sealed: string | null;
}

export interface FlowRow {
  id: string;
  kind: "MODAL_TOKEN" | "GOOGLE_AUTHORIZATION" | "EMAIL_CODE";
  status: "PENDING" | "WAITING" | "TIMED_OUT" | "SUCCEEDED" | "FAILED" | "EXPIRED" | "CANCELLED";
  user_id: string | null;
  created_at: Date;
  updated_at: Date;
  expires_at: Date;
  failure: Json | null;
  steps: JSONColumnType<unknown[]>;
  detail: Json;
  credential_id: string | null;
  version: number;
  sealed: string | null;
}

export interface ModalWaitRow {
  flow_id: string;
  /** The instance that polls, or null when nobody does. */
  owner: string | null;
  /** Counts the times the wait changed hands: a result is stored only under the claim it was asked under. */
  claim: number;
  /** When this round of waiting is over, whatever Modal says. */
  ends_at: Date;
}

export interface MailRow {
  id: string;
  to_address: string;
  subject: string;
  status: "QUEUED" | "SENDING" | "SENT" | "RETRYING" | "DEAD";
  attempts: number;
  last_error: string | null;
  created_at: Date;
  sent_at: Date | null;
  expires_at: Date;
  flow_id: string | null;
  user_id: string | null;
  sealed: string | null;
}
