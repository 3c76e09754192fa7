import type { Kysely } from "kysely";
import type { Tables } from "../platform/db/tables.ts";
import { InvalidInput } from "../lib/errors.ts";
import type { EventKey } from "./event_index.ts";
import type { EventLog } from "./event_log.ts";
import { type EventFilter, headPosition, readEvents } from "./event_store.ts";
import type { AuthEvent } from "./events.ts";
import { type Endable, Signal } from "./signal.ts";

/** Events buffered for a slow reader. When the buffer is full, the reader continues from the database. */
const BUFFER_LIMIT = 256;

const CATCH_UP_BATCH = 200;

type Reader = { db: Kysely<Tables>; log: EventLog };

/**
 * Follows the log: yields every event that matches `filter` after the position `after` (default: the present end), in
 * order and exactly once, until the reader ends it. Memory is bounded: events beyond the buffer of a slow reader are
 * read from the database later.
 *
 * @throws InvalidInput if `after` lies beyond the end of the log, because then it belongs to another log.
 */
export async function followEvents(
  reader: Reader,
  filter: EventFilter,
  after?: number,
): Promise<Endable<AuthEvent>> {
  if (after !== undefined && after > await headPosition(reader.db)) {
    throw new InvalidInput("Cannot continue from this cursor: it lies beyond the end of this server's log");
  }
  const wake = new Signal();
  return wake.endable(follow(reader, filter, after, wake));
}

async function* follow(reader: Reader, filter: EventFilter, after: number | undefined, wake: Signal) {
  let buffer: AuthEvent[] = [];
  let behind = after !== undefined;
  let position = after ?? reader.log.position;
  const stop = reader.log.listen(keysFor(filter), (event) => {
    if (!matches(event, filter)) return;
    if (buffer.length < BUFFER_LIMIT) buffer.push(event);
    else behind = true;
    wake.set();
  });
  try {
    while (!wake.ended) {
      if (behind) {
        buffer = [];
        behind = false;
        const page = await readEvents(reader.db, { after: position, limit: CATCH_UP_BATCH }, filter);
        behind ||= page.length === CATCH_UP_BATCH;
        for (const event of page) {
          position = event.position;
          yield event;
        }
        continue;
      }
      const next = buffer.shift();
      if (!next) {
        await wake.wait();
      } else if (next.position > position) {
        position = next.position;
        yield next;
      }
    }
  } finally {
    stop();
    wake.end();
  }
}

/** Returns the narrowest keys that cover every event the filter matches. */
function keysFor(filter: EventFilter): EventKey[] {
  if (filter.flowId) return [`flow:${filter.flowId}`];
  if (filter.credentialId) return [`credential:${filter.credentialId}`];
  if (filter.userId) return [`user:${filter.userId}`];
  if (filter.types) return filter.types.map((type) => `type:${type}` as const);
  return ["all"];
}

function matches(event: AuthEvent, filter: EventFilter): boolean {
  return (!filter.types || filter.types.includes(event.type)) &&
    (!filter.userId || filter.userId === event.userId) &&
    (!filter.flowId || filter.flowId === event.flowId) &&
    (!filter.credentialId || filter.credentialId === event.credentialId);
}
