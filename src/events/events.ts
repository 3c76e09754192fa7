import type { Transaction } from "kysely";
import { InvalidInput } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Tables } from "../db/tables.ts";

export { readEvents } from "./event_store.ts";

/**
 * Every type of event and what it says beyond its subjects: facts in the past tense, never a secret. Adding a
 * type is adding a line here.
 */
export type EventData = {
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
  "credential.revealed": { provider: string };
  "credential.revoked": { provider: string; atProvider: boolean };
  "mail.queued": { mailId: string };
  "mail.sent": { mailId: string; attempts: number };
  "mail.retrying": { mailId: string; attempts: number };
  "mail.dead": { mailId: string; attempts: number; reason: "refused" | "expired" };
};

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

/** Who acts, and from where: recorded with each event. */
export type Origin = { actor: Actor; ipAddress?: string | null };

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

/**
 * Writes an event with the change it reports: it exists if and only if the transaction commits. Call it after
 * taking the row lock of what it is about, so that positions follow cause.
 */
export async function recordEvent<T extends EventType>(
  tx: { db: Transaction<Tables>; now: () => Date },
  type: T,
  origin: Origin,
  subjects: EventSubjects,
  data: EventData[T],
): Promise<void> {
  await tx.db.insertInto("unsequenced_events").values({
    id: newId("evt"),
    at: tx.now(),
    type,
    actor: origin.actor,
    user_id: subjects.userId ?? null,
    session_id: subjects.sessionId ?? null,
    flow_id: subjects.flowId ?? null,
    credential_id: subjects.credentialId ?? null,
    ip_address: origin.ipAddress ?? null,
    data: JSON.stringify(data),
  }).execute();
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
