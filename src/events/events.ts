import type { Kysely, Transaction } from "kysely";
import { newId } from "../lib/ids.ts";
import type { Tables } from "../platform/db/tables.ts";
import { type Insertion, insertWithEvents, type NewEvent } from "./write_events.ts";

export { countEvents, forgetUsersEvents, readEvents } from "./event_store.ts";
export { prunedUpTo } from "./retention.ts";

export type { NewEvent } from "./write_events.ts";

/**
 * The event types and the `data` of each. An event is a fact in the past tense and never contains a secret. To add a
 * type, add a line here. Sign-in methods and providers declare theirs in the `_terms.ts` file of their folder.
 */
export interface EventData {
  "sign_in.refused": RefusalData;
  "request.refused": RefusalData;
  "limits.cleared": { subject?: string; block?: string };
  "operator.created": { operatorId: string; name: string; role: string };
  "operator.revoked": { operatorId: string; name: string };
  "api_key.created": { apiKeyId: string; name: string; scopes: readonly string[]; expiresAt: string | null };
  "api_key.expiring": { apiKeyId: string; name: string; expiresAt: string | null };
  "api_key.expired": { apiKeyId: string; name: string };
  "api_key.revoked": { apiKeyId: string; name: string };
  "flow.started": { kind: string };
  "flow.timed_out": { message: string };
  "flow.succeeded": { kind: string };
  "flow.failed": { code: string; message: string };
  "flow.expired": { kind: string };
  "flow.cancelled": { kind: string };
  "flow.changed": { step: string };
  "credential.created": { provider: string; label: string; tokenId: string | null };
  "credential.updated": { provider: string; label: string };
  "credential.verified": { provider: string; label: string };
  "credential.health_changed": { previous: string | null; current: string; reason: string };
  "credential.refreshed": { provider: string; expiresAt: string };
  "credential.refresh_failed": { provider: string; message: string; final: boolean };
  "credential.revealed": { provider: string };
  "credential.revoked": { provider: string; atProvider: boolean };
  "user.registered": { method: string };
  "user.imported": Record<never, never>;
  "user.disabled": Record<never, never>;
  "user.enabled": Record<never, never>;
  "user.roles_changed": { from: readonly string[]; to: readonly string[] };
  "user.deleted": { grantsLeft: number };
  "personal_data.exported": Record<never, never>;
  "user.unproven_dropped": Record<never, never>;
  "email.claim_dropped": Record<never, never>;
  "email.verification_requested": Record<never, never>;
  "email.verified": Record<never, never>;
  "session.issued": { method: string; transport: string };
  "session.refreshed": { generation: number };
  "session.refresh_repeated": { generation: number };
  "session.reuse_detected": { generation: number; presented: number };
  "session.revoked": { reason: string; transport: string };
  "state.changed": { from: string; to: string };
  "token.timing_failed": {
    kind: string;
    claim: string;
    secondsSinceIat: number | null;
    secondsSinceNbf: number | null;
    secondsUntilExp: number | null;
  };
  "identity.linked": { provider: string };
  "identity.updated": { provider: string };
  "signing_key.added": { kid: string; signsFrom: string };
  /** A mail to an address was requested. Its text, and whether it is sent at all, are decided when it is due. */
  "mail.requested": { mailId: string };
  /** A requested mail is not sent. The event gives no reason: it would reveal which addresses have accounts. */
  "mail.dropped": { mailId: string };
  "mail.queued": { mailId: string };
  "mail.sent": { mailId: string; attempts: number };
  "mail.retrying": { mailId: string; attempts: number };
  "mail.dead": { mailId: string; attempts: number; reason: "refused" | "expired" };
}

export type EventType = keyof EventData;

/** A refusal, or `count` refusals of one kind between `first` and `last` beyond those that have events of their own. */
export type RefusalData = {
  operation: string;
  /** The code of the error. */
  reason: string;
  /** The variable of the limit that was reached, and when it ends. */
  limit?: string;
  until?: string;
  /** The client's network. */
  block?: string;
  /** The keyed hash of a name that no user has. */
  subject?: string;
  /** The exact cause, such as `link_expired`. */
  detail?: string;
  /** The origin of the page that sent the request. */
  origin?: string;
  count?: number;
  first?: string;
  last?: string;
};

/** The subjects of an event. Subscribers can listen to each of them. */
export type EventSubjects = {
  userId?: string | null;
  /** The key of an address. If a user has verified it, and there is no `userId`, the event is about that user. */
  verifiedEmail?: string;
  sessionId?: string | null;
  flowId?: string | null;
  credentialId?: string | null;
};

/** The actor of an event: `user:<id>`, `operator:<name>`, `api_key:<id>`, or the server itself. */
export type Actor = `user:${string}` | `operator:${string}` | `api_key:${string}` | "system";

/**
 * The actor, client and HTTP request recorded with each event. The user agent is stored as `data.userAgent`, the
 * request's id as `data.requestId`.
 */
export type Origin = {
  actor: Actor;
  ipAddress?: string | null;
  userAgent?: string | null;
  requestId?: string;
};

/** The origin of events that the server causes itself. */
export const SYSTEM: Origin = { actor: "system" };

/** An event of the log. */
export type AuthEvent = Required<Omit<EventSubjects, "verifiedEmail">> & {
  /** Its place in the log. Positions increase and may have gaps. */
  position: number;
  /** See `Cursor`. 0 for an event that was delivered live. */
  pruned: number;
  id: string;
  at: Date;
  /** An `EventType`, or a type of another version of Sallyport. */
  type: string;
  actor: string;
  ipAddress: string | null;
  requestId: string | null;
  data: Record<string, unknown>;
};

/** Collects the events of a transaction until it commits. */
export type Recorder = { now: () => Date; events: NewEvent[] };

/**
 * Records an event, which is written just before the transaction commits, in the order of recording. A rollback
 * discards it. At that time the transaction holds the row locks of its changes, so positions follow their order.
 */
export function recordEvent<T extends EventType>(
  tx: Recorder,
  type: T,
  origin: Origin,
  subjects: EventSubjects,
  data: EventData[T],
): void {
  tx.events.push(newEvent(tx, type, origin, subjects, data));
}

/** Builds an event to write with the commit (`recordEvent`) or in the statement of the change (`changeWithEvents`). */
export function newEvent<T extends EventType>(
  { now }: { now: () => Date },
  type: T,
  origin: Origin,
  subjects: EventSubjects,
  data: EventData[T],
): NewEvent {
  return {
    id: newId("evt"),
    at: now(),
    type,
    actor: origin.actor,
    user_id: subjects.userId ?? null,
    ...(!subjects.userId && subjects.verifiedEmail && { verified_email: subjects.verifiedEmail }),
    session_id: subjects.sessionId ?? null,
    flow_id: subjects.flowId ?? null,
    credential_id: subjects.credentialId ?? null,
    ip_address: origin.ipAddress ?? null,
    data: JSON.stringify({
      ...data,
      ...(origin.userAgent && { userAgent: origin.userAgent }),
      ...(origin.requestId && { requestId: origin.requestId }),
    }),
  };
}

/** Writes the events recorded so far. */
export async function writeRecorded(tx: { db: Transaction<Tables>; events: NewEvent[] }): Promise<void> {
  const events = tx.events.splice(0);
  if (events.length > 0) await insertWithEvents(tx.db, [], events);
}

type LogServices = {
  db: Kysely<Tables>;
  wakeLog: () => void;
  /** In a transaction: the events recorded so far, which are written first. */
  events?: NewEvent[];
};

/** Executes `insertions` and writes their events in one statement, so all succeed or none. */
export async function writeEvents(
  services: LogServices,
  events: readonly NewEvent[],
  insertions: readonly Insertion[] = [],
): Promise<void> {
  const recorded = services.events?.splice(0) ?? [];
  await insertWithEvents(services.db, insertions, [...recorded, ...events]);
  services.wakeLog();
}

/** Writes one event that belongs to no other change. */
export async function logEvent<T extends EventType>(
  services: LogServices & { now: () => Date },
  type: T,
  origin: Origin,
  subjects: EventSubjects,
  data: EventData[T],
): Promise<void> {
  await writeEvents(services, [newEvent(services, type, origin, subjects, data)]);
}
