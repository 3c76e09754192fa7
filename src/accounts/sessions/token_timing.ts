import { getLogger } from "@logtape/logtape";
import { type NewEvent, newEvent, SYSTEM, writeEvents } from "../../events/events.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasClock } from "../../lib/clock.ts";

const log = getLogger(["sallyport", "sessions"]);

/** The differences between a token's times and now, in whole seconds; null for a missing claim. */
export type TimingDetails = {
  secondsSinceIat: number | null;
  secondsSinceNbf: number | null;
  secondsUntilExp: number | null;
};

/** Computes them from the claims of a token, in seconds since 1970 (RFC 7519 §2). */
export function timingDetails(
  { iat, nbf, exp }: { iat?: unknown; nbf?: unknown; exp?: unknown },
  now: Date,
): TimingDetails {
  const at = now.getTime() / 1000;
  const since = (claim: unknown) => typeof claim === "number" ? Math.round(at - claim) : null;
  return {
    secondsSinceIat: since(iat),
    secondsSinceNbf: since(nbf),
    secondsUntilExp: typeof exp === "number" ? Math.round(exp - at) : null,
  };
}

/** A validly signed token that was rejected only because of its time. */
export type TimingFailure = {
  kind: string;
  /** The first claim out of bounds. */
  claim: "iat" | "nbf" | "exp";
  timing: TimingDetails;
  /** The session or account of the token. At most one event per hour is written for it. */
  about: string;
  userId?: string;
  sessionId?: string;
};

/** Records tokens rejected because of their time: counts all, and logs some for operators. */
export type TimingFailures = {
  add(failure: TimingFailure): void;
  /** Writes the pending events. */
  close(): Promise<void>;
};

/**
 * At most one event per subject in this time. Clients that renew an access token only after a rejection send
 * an expired one every 15 minutes, and that must not cause more writes than the refresh that follows.
 */
const RECORD_EVERY_MS = 60 * 60 * 1000;

/** Subjects remembered, at about one hundred bytes each. When full, all are forgotten, so some are recorded again. */
const MOST_REMEMBERED = 10_000;

/** Events within this time are written together. */
const WRITE_AFTER_MS = 100;

/**
 * Counts tokens rejected because of their time. For each subject, logs and records `token.timing_failed` at
 * most once per hour and instance, in the background.
 */
export function noteTimingFailures(
  services: HasClock & HasEventLog & HasMetrics,
): TimingFailures {
  const recordedAt = new Map<string, number>();
  let events: NewEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing = Promise.resolve();
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const some = events;
    events = [];
    if (some.length === 0) return writing;
    return writing = writing.then(() => writeEvents(services, some))
      .catch((error) =>
        log.warn("Could not record tokens rejected because of their time: {error}", { error })
      );
  };
  return {
    add: ({ kind, claim, timing, about, ...subjects }) => {
      services.count("timingFailures");
      const time = services.now().getTime();
      if (time - (recordedAt.get(about) ?? -Infinity) < RECORD_EVERY_MS) return;
      if (recordedAt.size >= MOST_REMEMBERED) recordedAt.clear();
      recordedAt.set(about, time);
      log.info(
        "Rejected a token because of its {claim}: iat {secondsSinceIat} s and nbf {secondsSinceNbf} s ago, exp in {secondsUntilExp} s",
        { kind, claim, ...timing, ...subjects },
      );
      events.push(newEvent(services, "token.timing_failed", SYSTEM, subjects, { kind, claim, ...timing }));
      timer ??= setTimeout(write, WRITE_AFTER_MS);
    },
    close: () => write(),
  };
}

/** Records tokens with invalid times. */
export type HasTimingFailures = { timingFailures: TimingFailures };
