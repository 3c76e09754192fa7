import { getLogger } from "@logtape/logtape";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { noteSeen } from "./session_store.ts";

const log = getLogger(["sallyport", "sessions"]);

/** `lastSeenAt` is right to within this time: a busy client must not write a row with every request. */
const WRITE_EVERY_MS = 60_000;

/** Notes which sessions are in use, and writes it now and then, all in one statement. */
export type SeenSessions = {
  add(sessionId: string): void;
  /** Writes what was noted since the last time. */
  close(): Promise<void>;
};

export function noteSeenSessions({ db, now }: HasDatabase & HasClock): SeenSessions {
  let seen = new Set<string>();
  const write = async () => {
    const ids = [...seen];
    seen = new Set();
    if (ids.length === 0) return;
    await noteSeen(db, ids, now()).catch((error) =>
      log.warn("Could not note which sessions were seen: {error}", { error })
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
