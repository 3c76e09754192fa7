import type { Transaction } from "kysely";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import type { HasDatabase, Tables } from "../../src/platform/db/tables.ts";
import { recordEvent, SYSTEM, writeRecorded } from "../../src/events/events.ts";
import { within } from "./eventually.ts";

export const FollowEvents = graphql(`
  subscription FollowEvents($after: String, $types: [String!], $flowId: ID, $userId: ID, $credentialId: ID) {
    events(after: $after, types: $types, flowId: $flowId, userId: $userId, credentialId: $credentialId) {
      id cursor type flowId data
    }
  }
`);

/** The cursor before every event. */
export const START = "0";

type EventServices = HasDatabase;

/** Writes an event whose step is `name`, about a flow that need not exist, without waking the log. */
export function record(db: Transaction<Tables>, flowId: string, name: string): Promise<void> {
  const tx = { db, now: () => new Date(), events: [] };
  recordEvent(tx, "flow.changed", SYSTEM, { flowId }, { step: name });
  return writeRecorded(tx);
}

/** Writes an event for each name, each in its own transaction. */
export async function recordEach(services: EventServices, flowId: string, names: string[]): Promise<void> {
  for (const name of names) await services.db.transaction().execute((tx) => record(tx, flowId, name));
}

/** An open transaction that has written this event. */
export async function holdOpen(services: EventServices, flowId: string, name: string) {
  const tx = await services.db.startTransaction().execute();
  await record(tx, flowId, name);
  return { commit: () => tx.commit().execute(), rollback: () => tx.rollback().execute() };
}

/** Subscribes to a flow and returns the names and cursors of the next `count` events after `after`. */
export function take(client: Client, flowId: string, count: number, after: string = START) {
  return within(`${count} events`, takeHowever(client, flowId, count, after));
}

async function takeHowever(client: Client, flowId: string, count: number, after: string) {
  const taken: { name: string; cursor: string }[] = [];
  for await (const { events: event } of client.subscribe(FollowEvents, { flowId, after })) {
    taken.push({ name: nameOf(event.data), cursor: event.cursor });
    if (taken.length === count) break;
  }
  return taken;
}

export function nameOf(data: unknown): string {
  return (data as { step: string }).step;
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
