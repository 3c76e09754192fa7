import { getLogger } from "@logtape/logtape";
import { type NewEvent, newEvent, SYSTEM, writeEvents } from "../../events/events.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasClock } from "../../lib/clock.ts";

const log = getLogger(["sallyport", "sessions"]);

/** How far a token's times are from now, in whole seconds; null for a time that it does not say. */
export type TimingDetails = {
  secondsSinceIat: number | null;
  secondsSinceNbf: number | null;
  secondsUntilExp: number | null;
};

/** By the claims of a token, which are seconds since 1970 (RFC 7519 §2). */
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

/** A token of genuine signature that was refused for its time alone. */
export type TimingFailure = {
  kind: string;
  /** The first claim that was out of its bounds. */
  claim: "iat" | "nbf" | "exp";
  timing: TimingDetails;
  /** What the token is about: of the same, one event is written in an hour. */
  about: string;
  userId?: string;
  sessionId?: string;
};

/** Tokens that were refused for their time: counted all, and told to operators now and then. */
export type TimingFailures = {
  add(failure: TimingFailure): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
};

/**
 * One event in this time for the same session. A client that renews its access token only when it is refused comes with
 * an old one every quarter of an hour: that must not write more than the refresh that follows.
 */
const TELL_EVERY_MS = 60 * 60 * 1000;

/** Sessions remembered, at some hundred bytes each; beyond it all are forgotten, and told of once more. */
const MOST_REMEMBERED = 10_000;

/** What comes within this time is written together. */
const WRITE_AFTER_MS = 100;

/**
 * Counts tokens that were refused for their time, and for each session, or whatever else a token is about, logs and
 * records `token.timing_failed` at most once an hour on each instance. Nobody waits for it.
 */
export function noteTimingFailures(
  services: HasClock & HasEventLog & HasMetrics,
): TimingFailures {
  const toldAt = new Map<string, number>();
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
        log.warn("Could not record tokens that were refused for their time: {error}", { error })
      );
  };
  return {
    add: ({ kind, claim, timing, about, ...subjects }) => {
      services.count("timingFailures");
      const time = services.now().getTime();
      if (time - (toldAt.get(about) ?? -Infinity) < TELL_EVERY_MS) return;
      if (toldAt.size >= MOST_REMEMBERED) toldAt.clear();
      toldAt.set(about, time);
      log.info(
        "A token was refused for its {claim}: iat {secondsSinceIat} s and nbf {secondsSinceNbf} s ago, exp in {secondsUntilExp} s",
        { kind, claim, ...timing, ...subjects },
      );
      events.push(newEvent(services, "token.timing_failed", SYSTEM, subjects, { kind, claim, ...timing }));
      timer ??= setTimeout(write, WRITE_AFTER_MS);
    },
    close: () => write(),
  };
}

/** Notes tokens whose times are wrong. */
export type HasTimingFailures = { timingFailures: TimingFailures };
