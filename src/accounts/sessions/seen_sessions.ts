import { getLogger } from "@logtape/logtape";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { noteSeen } from "./session_store.ts";

const log = getLogger(["sallyport", "sessions"]);

/** The precision of `lastSeenAt`: a busy client must not cause a write per request. */
const WRITE_EVERY_MS = 60_000;

/** Collects which sessions are in use, and writes them periodically in one statement. */
export type SeenSessions = {
  add(sessionId: string): void;
  /** Writes what was collected since the last write. */
  close(): Promise<void>;
};

export function noteSeenSessions({ db, now }: HasDatabase & HasClock): SeenSessions {
  let seen = new Set<string>();
  const write = async () => {
    const ids = [...seen];
    seen = new Set();
    if (ids.length === 0) return;
    await noteSeen(db, ids, now()).catch((error) =>
      log.warn("Could not store which sessions are in use: {error}", { error })
    );
  };
  const timer = setInterval(() => void write(), WRITE_EVERY_MS);
  return {
    add: (sessionId) => void seen.add(sessionId),
    close: async () => {
      clearInterval(timer);
      await write();
    },
  };
}
