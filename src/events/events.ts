import type { Kysely, Transaction } from "kysely";
import { InvalidInput } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import type { Tables } from "../platform/db/tables.ts";
import { type Insertion, insertWithEvents, type NewEvent } from "./write_events.ts";

export { forgetUsersEvents, readEvents } from "./event_store.ts";

export type { NewEvent } from "./write_events.ts";

/**
 * Every type of event and what it says beyond its subjects: facts in the past tense, never a secret. To add a type, add
 * a line here; sign-in methods and providers add theirs in their folders, in the file that ends in `_terms.ts`.
 */
export interface EventData {
  "operator.created": { operatorId: string; name: string; role: string };
  "operator.revoked": { operatorId: string; name: string };
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
  "user.deleted": { grantsLeft: number };
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
  /** By address: what it says, and whether anybody gets it, is found out when it is sent. */
  "mail.requested": { mailId: string };
  /** Nobody gets a requested mail. Not why: that would say who has which address. */
  "mail.dropped": { mailId: string };
  "mail.queued": { mailId: string };
  "mail.sent": { mailId: string; attempts: number };
  "mail.retrying": { mailId: string; attempts: number };
  "mail.dead": { mailId: string; attempts: number; reason: "refused" | "expired" };
}

export type EventType = keyof EventData;

/** What or whom an event is about; each is also what a subscriber can listen to. */
export type EventSubjects = {
  userId?: string | null;
  sessionId?: string | null;
  flowId?: string | null;
  credentialId?: string | null;
};

/** Who did it: `user:<id>`, `operator:<name>`, or the server itself. */
export type Actor = `user:${string}` | `operator:${string}` | "system";

/** Who acts, from where and with what: recorded with each event, the user agent as `data.userAgent`. */
export type Origin = { actor: Actor; ipAddress?: string | null; userAgent?: string | null };

/** What the server does by itself. */
export const SYSTEM: Origin = { actor: "system" };

/** An event as the log holds it. */
export type AuthEvent = Required<EventSubjects> & {
  /** Its place in the log. Positions only grow; not every number is used. */
  position: number;
  id: string;
  at: Date;
  /** An `EventType`, or one that another version of Sallyport wrote. */
  type: string;
  actor: string;
  ipAddress: string | null;
  data: Record<string, unknown>;
};

/** Where a transaction keeps its events until it commits. */
export type Recorder = { now: () => Date; events: NewEvent[] };

/**
 * Records an event of the change that the transaction makes: it is written with the commit, after all that was recorded
 * before, and not at all when there is none. By then the locks of what it is about are held, so positions follow cause.
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

/** An event as it will be written: with the commit, or by the statement that makes the change (`changeWithEvents`). */
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
    session_id: subjects.sessionId ?? null,
    flow_id: subjects.flowId ?? null,
    credential_id: subjects.credentialId ?? null,
    ip_address: origin.ipAddress ?? null,
    data: JSON.stringify(origin.userAgent ? { ...data, userAgent: origin.userAgent } : data),
  };
}

/** Writes what the transaction has recorded so far. */
export async function writeRecorded(tx: { db: Transaction<Tables>; events: NewEvent[] }): Promise<void> {
  const events = tx.events.splice(0);
  if (events.length > 0) await insertWithEvents(tx.db, [], events);
}

type LogServices = {
  db: Kysely<Tables>;
  wakeLog: () => void;
  /** In a transaction, what it has recorded: that is written first. */
  events?: NewEvent[];
};

/** Carries out `insertions` and writes the events about them, in one statement: all of it or nothing. */
export async function writeEvents(
  services: LogServices,
  events: readonly NewEvent[],
  insertions: readonly Insertion[] = [],
): Promise<void> {
  const recorded = services.events?.splice(0) ?? [];
  await insertWithEvents(services.db, insertions, [...recorded, ...events]);
  services.wakeLog();
}

/** Writes an event of something that changed nothing else. */
export async function logEvent<T extends EventType>(
  services: LogServices & { now: () => Date },
  type: T,
  origin: Origin,
  subjects: EventSubjects,
  data: EventData[T],
): Promise<void> {
  await writeEvents(services, [newEvent(services, type, origin, subjects, data)]);
}

/** Where in the log a reader is, as clients hold it. They pass it back and read nothing into it. */
export function toCursor(position: number): string {
  return position.toString(36);
}

/** The position that a cursor stands for. Throws `InvalidInput` unless `toCursor` could have made it. */
export function fromCursor(cursor: string): number {
  const position = /^[0-9a-z]{1,11}$/.test(cursor) ? parseInt(cursor, 36) : NaN;
  if (!Number.isSafeInteger(position) || toCursor(position) !== cursor) {
    throw new InvalidInput("Cannot go on from this cursor: it is not one that was handed out");
  }
  return position;
}
