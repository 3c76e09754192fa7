import type { Generated, JSONColumnType, Kysely } from "kysely";

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
  users: UserRow;
  mailed_links: MailedLinkRow;
  sessions: SessionRow;
  signing_keys: SigningKeyRow;
  rate_limits: RateLimitRow;
  email_codes: EmailCodeRow;
  identities: IdentityRow;
  spent_tokens: SpentTokenRow;
  google_authorizations: GoogleAuthorizationRow;
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
  provider: string;
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
  /** The provider's own name for whose account it is. */
  account: string | null;
  /** When the provider issued the tokens, where we know. */
  issued_at: Date | null;
  /** When the next refresh is tried; null when none is. */
  refresh_at: Date | null;
  /** Tries to refresh that failed since the last one that did not. */
  refresh_failures: number;
  /** Somebody is refreshing it: nobody else begins before. */
  claimed_until: Date | null;
  /** When its health changes by time alone. */
  changes_at: Date | null;
  root_key_id: string | null;
  sealed: string | null;
}

export interface FlowRow {
  id: string;
  kind: string;
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
  /** Of the key by which somebody who is nobody yet holds the flow. */
  holder_hash: Uint8Array | null;
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

export interface UserRow {
  id: string;
  /** As typed; `username_key` is what makes two names the same. */
  username: string | null;
  username_key: string | null;
  email: string | null;
  email_key: string | null;
  email_verified_at: Date | null;
  name: string | null;
  /** What is searched: in lower case by our own rules, for a database's depend on its locale. */
  name_key: string | null;
  picture_url: string | null;
  is_guest: boolean;
  disabled_at: Date | null;
  /** Marks of device cookies that are older count no more. */
  devices_forgotten_at: Date | null;
  state: "VISITOR" | "AUTH" | "PAYMENT";
  state_metadata: Json;
  password_hash: string | null;
  last_method: string | null;
  created_at: Date;
  last_sign_in_at: Date | null;
  /** `<issuer>|<subject>` of an identity of theirs. */
  auth_id: string | null;
  /** Grows when ways in are taken away: whoever was found by one before must be found again. */
  ways_in: Generated<number>;
  /** Whoever imported address and password may not vouch that they are one person's. */
  unvouched: Generated<boolean>;
  version: number;
}

export interface IdentityRow {
  issuer: string;
  subject: string;
  user_id: string;
  email: string | null;
  created_at: Date;
}

export interface SpentTokenRow {
  hash: Uint8Array;
  expires_at: Date;
}

export interface MailedLinkRow {
  token_hash: Uint8Array;
  purpose: "VERIFY_EMAIL" | "RESET_PASSWORD";
  user_id: string;
  /** The address it was sent to: a link proves that one and no other. */
  email_key: string;
  expires_at: Date;
}

export interface SessionRow {
  id: string;
  user_id: string;
  method: string;
  transport: "TOKENS" | "COOKIE";
  created_at: Date;
  last_seen_at: Date;
  /** Its end, however much it is used. */
  ends_at: Date;
  /** Its end unless it is used before. */
  idle_ends_at: Date;
  ip_address: string | null;
  /** The part of the address that one customer holds: what makes another one known. */
  address_block: string | null;
  user_agent: string | null;
  /** Counts the refresh tokens of the family; the newest one's number. */
  generation: number;
  refresh_hash: Uint8Array | null;
  previous_hash: Uint8Array | null;
  /** When the previous refresh token was used first. */
  rotated_at: Date | null;
  ended_at: Date | null;
}

export interface SigningKeyRow {
  id: string;
  public_jwk: Json;
  sealed: string;
  created_at: Date;
  signs_from: Date;
}

export interface RateLimitRow {
  key: string;
  points: number;
  expire: number;
}

export interface EmailCodeRow {
  flow_id: string;
  email: string;
  email_key: string;
  code_mac: Uint8Array;
  attempts_left: number;
  expires_at: Date;
}

export interface GoogleAuthorizationRow {
  flow_id: string;
  state_hash: Uint8Array;
  /** Of the cookie of the browser that started it; null when none did. */
  browser_hash: Uint8Array | null;
  /** The user or the operator. */
  started_by: string;
  /** The user's session. */
  session_id: string | null;
  expires_at: Date;
  /** When somebody came back with the state. */
  used_at: Date | null;
  /** What the starter asked us to keep, sealed. */
  resume: string | null;
}

/** Uses the database. */
export type HasDatabase = { db: Kysely<Tables> };
