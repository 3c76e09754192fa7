import type { Generated, JSONColumnType, Kysely } from "kysely";

/**
 * Kysely's types of the tables after all migrations. Only `_store.ts` files and a few files in `db/` access
 * them.
 */
export interface Tables {
  unsequenced_events: UnsequencedEventRow;
  events: EventRow;
  pruned_events: PrunedEventsRow;
  instances: InstanceRow;
  root_keys: RootKeyRow;
  operators: OperatorRow;
  api_keys: ApiKeyRow;
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
  factors: FactorRow;
  recovery_codes: RecoveryCodeRow;
  totp_enrolments: TotpEnrolmentRow;
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
  /** The key of an address. If a user has verified it, the sequencer stores the user with the event. */
  verified_email: string | null;
}

export interface EventRow extends EventColumns {
  position: number;
}

export interface PrunedEventsRow {
  kind: "events" | "refusals";
  /** The last position at which an event of this kind was deleted because of its age. */
  position: number;
}

export interface InstanceRow {
  id: string;
  started_at: Date;
  lease_ends_at: Date;
}

export interface RootKeyRow {
  id: string;
  /** When it last became the current key. */
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

export interface ApiKeyRow {
  id: string;
  name: string;
  /** An operator. Null if the key is older than this column. */
  created_by: string | null;
  prefix: string;
  key_hash: Uint8Array;
  scopes: string[];
  created_at: Date;
  expires_at: Date | null;
  /** When operators are warned that it expires soon; null if they are not, or were. */
  warn_at: Date | null;
  last_used_at: Date | null;
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
  /** The provider's id of the account. */
  account: string | null;
  /** When the provider issued the tokens, if known. */
  issued_at: Date | null;
  /** Time of the next refresh attempt; null if none is planned. */
  refresh_at: Date | null;
  /** Failed refresh attempts since the last success. */
  refresh_failures: number;
  /** A worker is refreshing it; no other worker starts before this time. */
  claimed_until: Date | null;
  /** When its health next changes without any action. */
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
  /** Hash of the flow's secret key, for flows that work without signing in. */
  holder_hash: Uint8Array | null;
}

export interface ModalWaitRow {
  flow_id: string;
  /** The polling instance, or null. */
  owner: string | null;
  /** Counts changes of ownership. A result is stored only under the claim it was requested with. */
  claim: number;
  /** When this round of polling ends. */
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
  /** As typed. `username_key` is its normalised form, for comparison. */
  username: string | null;
  username_key: string | null;
  email: string | null;
  email_key: string | null;
  email_verified_at: Date | null;
  name: string | null;
  /** For searching: lower case by our own rules, because a database's rules depend on its locale. */
  name_key: string | null;
  picture_url: string | null;
  is_guest: boolean;
  disabled_at: Date | null;
  /** Older marks in device cookies are ignored. */
  devices_forgotten_at: Date | null;
  state: "VISITOR" | "AUTH" | "PAYMENT";
  state_metadata: Json;
  roles: Generated<string[]>;
  password_hash: string | null;
  last_method: string | null;
  created_at: Date;
  last_sign_in_at: Date | null;
  /** `<issuer>|<subject>` of one of the user's identities. */
  auth_id: string | null;
  /** Increases when a sign-in method is removed; a sign-in that read the user before must start again. */
  ways_in: Generated<number>;
  /** The importer did not vouch that the imported address and password belong to the same person. */
  unvouched: Generated<boolean>;
  /** The kinds of the user's second factors, without recovery codes. Sorted. */
  factors: Generated<SecondFactorKind[]>;
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
  /** The address it was sent to. The link verifies only this address. */
  email_key: string;
  expires_at: Date;
  /** When it was used or voided. */
  used_at: Date | null;
}

export interface SessionRow {
  id: string;
  user_id: string;
  method: string;
  transport: "TOKENS" | "COOKIE";
  created_at: Date;
  last_seen_at: Date;
  /** When the session ends, even if it is used. */
  ends_at: Date;
  /** When the session ends if it is not used. */
  idle_ends_at: Date;
  ip_address: string | null;
  /** The part of the address that belongs to one customer. Another address in it counts as known. */
  address_block: string | null;
  user_agent: string | null;
  /** Number of the newest refresh token in the session. */
  generation: number;
  refresh_hash: Uint8Array | null;
  previous_hash: Uint8Array | null;
  /** When the previous refresh token was first used. */
  rotated_at: Date | null;
  ended_at: Date | null;
  /** The kinds of second factors that the session has proven. Sorted. */
  factors: Generated<FactorRow["kind"][]>;
  /** When the user last proved a factor in this session; null: when it was created. */
  authenticated_at: Generated<Date | null>;
}

type SecondFactorKind = "TOTP" | "PASSKEY";

export interface FactorRow {
  id: string;
  user_id: string;
  kind: SecondFactorKind | "RECOVERY_CODES";
  name: string;
  created_at: Date;
  last_used_at: Date | null;
  root_key_id: string | null;
  /** TOTP: the sealed secret. */
  sealed: string | null;
  /** TOTP: the last step whose code was accepted. */
  last_step: string | null;
  /** TOTP: how many steps the authenticator's clock is ahead, as learned from its codes. */
  clock_steps: Generated<number>;
  /** TOTP: how many steps the last accepted code was ahead. */
  last_difference: Generated<number>;
  credential_id: string | null;
  public_key: Uint8Array | null;
  /** PASSKEY: the user handle of an imported one, empty if unknown; null for our own. */
  user_handle: Uint8Array | null;
  counter: string | null;
  transports: string[] | null;
  /** PASSKEY: whether it was backed up at its last use, and so may be on other devices. */
  synced: boolean | null;
}

export interface RecoveryCodeRow {
  code_hash: Uint8Array;
  user_id: string;
}

export interface TotpEnrolmentRow {
  id: string;
  user_id: string;
  session_id: string;
  sealed: string;
  attempts_left: number;
  expires_at: Date;
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
  /** Hash of the cookie of the browser that started it; null if none did. */
  browser_hash: Uint8Array | null;
  /** The user or the operator. */
  started_by: string;
  /** The user's session. */
  session_id: string | null;
  expires_at: Date;
  /** When the state was used. */
  used_at: Date | null;
  /** The caller's `resume` value, encrypted. */
  resume: string | null;
}

/** Provides the database. */
export type HasDatabase = { db: Kysely<Tables> };
