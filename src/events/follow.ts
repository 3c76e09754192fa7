import type { Kysely } from "kysely";
import type { Tables } from "../platform/db/tables.ts";
import { InvalidInput } from "../lib/errors.ts";
import type { EventKey } from "./event_index.ts";
import type { EventLog } from "./event_log.ts";
import { conditionOf, type EventFilter, type Subject } from "./event_filter.ts";
import { checkCursor, type Cursor } from "./cursor.ts";
import { headPosition, readEvents } from "./event_store.ts";
import type { AuthEvent } from "./events.ts";
import { prunedUpTo } from "./retention.ts";
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
 * @throws CursorExpired if events after `after` were deleted. The iterator throws it if they are deleted later.
 */
export async function followEvents(
  reader: Reader,
  filter: EventFilter,
  after?: Cursor,
): Promise<Endable<AuthEvent>> {
  if (after !== undefined && after.position > await headPosition(reader.db)) {
    throw new InvalidInput("Cannot continue from this cursor: it lies beyond the end of this server's log");
  }
  if (after) checkCursor(after, await prunedUpTo(reader.db, filter.types));
  const wake = new Signal();
  return wake.endable(follow(reader, filter, after, wake));
}

async function* follow(reader: Reader, filter: EventFilter, after: Cursor | undefined, wake: Signal) {
  let buffer: AuthEvent[] = [];
  let behind = after !== undefined;
  let { position, pruned } = after ?? { position: reader.log.position, pruned: 0 };
  const { matches } = conditionOf(filter);
  const stop = reader.log.listen(keysFor(filter), (event) => {
    if (!matches(event)) return;
    if (buffer.length < BUFFER_LIMIT) buffer.push(event);
    else behind = true;
    wake.set();
  });
  try {
    while (!wake.ended) {
      if (behind) {
        buffer = [];
        behind = false;
        const nowPruned = await prunedUpTo(reader.db, filter.types);
        checkCursor({ position, pruned }, nowPruned);
        pruned = nowPruned;
        const page = await readEvents(reader.db, { after: position, limit: CATCH_UP_BATCH, pruned }, filter);
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
function keysFor({ flowId, credentialId, userId, subjects, types }: EventFilter): EventKey[] {
  if (flowId) return [`flow:${flowId}`];
  if (credentialId) return [`credential:${credentialId}`];
  if (userId) return [`user:${userId}`];
  if (subjects) return [...new Set(subjects.map(keyOf))];
  if (types) return types.map((type) => `type:${type}` as const);
  return ["all"];
}

function keyOf({ field, value }: Subject): EventKey {
  const topic = TOPICS[field];
  return topic ? `${topic}:${value}` : "all";
}

/** The topics of subjects; others have none. */
const TOPICS: Partial<Record<Subject["field"], "user" | "session" | "flow" | "credential">> = {
  userId: "user",
  sessionId: "session",
  flowId: "flow",
  credentialId: "credential",
};
