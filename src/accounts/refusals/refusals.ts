import { getLogger } from "@logtape/logtape";
import { type NewEvent, newEvent, writeEvents } from "../../events/events.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import { type AuthError, RateLimited, type RefusalNote } from "../../lib/errors.ts";
import type { HasClock } from "../../lib/clock.ts";
import { copied } from "../../lib/copied.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import { parseIdentifier } from "../users/names.ts";
import { findNamed } from "../users/users.ts";
import { type Counted, Flood, MOST_LISTED } from "./flood.ts";
import { subjectHash } from "./subject_hash.ts";

const log = getLogger(["sallyport", "refusals"]);

/** A request that the server has refused. */
export type Refusal = {
  /** The field of the API, such as `signInWithPassword`. */
  operation: string;
  /** Whether the operation would have signed the caller in. */
  signsIn: boolean;
  error: AuthError;
  /** Default: the error's note. */
  note?: RefusalNote;
  caller: Caller;
  /** The username or address that the caller typed. */
  identifier?: string | undefined;
  /** The flow that the caller continues, without its key. */
  flowId?: string | undefined;
};

/** Records refusals as events in the background, so that the caller does not wait for a statement. */
export type Refusals = {
  note(refusal: Refusal): void;
  /** Writes the pending events now. */
  written(): Promise<void>;
  /** Writes the events that are pending, and the counts so far. */
  close(): Promise<void>;
};

const MINUTE_MS = 60_000;

/** Events within this time are written together. */
const WRITE_AFTER_MS = 250;

type Services = HasClock & HasDatabase & HasEventLog & HasKeys;

/** A refusal to write, or several of one kind. */
type Entry = { refusal: Refusal; at: Date; counted?: Counted };

/** No name or e-mail address is longer. */
const LONGEST_IDENTIFIER = 320;

export function recordRefusals(services: Services): Refusals {
  const flood = new Flood();
  let entries: Entry[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing = Promise.resolve();

  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const some = entries;
    entries = [];
    if (some.length === 0) return writing;
    return writing = writing.then(async () => writeEvents(services, await eventsOf(services, some)))
      .catch((error) => {
        log.warn("Could not record refusals, and will try again: {error}", { error });
        entries = [...some, ...entries].slice(-MOST_LISTED);
      });
  };
  const endMinute = () => {
    entries.push(...flood.end().map((each) => ({ ...each, at: each.counted.last })));
    return write();
  };
  const minute = setInterval(endMinute, MINUTE_MS);
  return {
    note: ({ identifier, ...refusal }) => {
      const at = services.now();
      const bounded = {
        ...refusal,
        identifier: identifier && copied(identifier.slice(0, LONGEST_IDENTIFIER)),
      };
      if (!flood.add(bounded, at)) return;
      entries.push({ refusal: bounded, at });
      timer ??= setTimeout(write, WRITE_AFTER_MS);
    },
    written: write,
    close: async () => {
      clearInterval(minute);
      await endMinute();
    },
  };
}

async function eventsOf(services: Services, entries: readonly Entry[]): Promise<NewEvent[]> {
  const typed = entries.flatMap(({ refusal: { identifier } }) =>
    identifier ? [parseIdentifier(identifier)] : []
  );
  const named = await findNamed(services.db, typed);
  return entries.map(({ refusal, at, counted }) => {
    const { operation, signsIn, error, note = error.note, caller, identifier, flowId } = refusal;
    const userId = caller.kind === "user" ? caller.userId : note.userId ?? ownerOf(named, identifier);
    const type = signsIn ? "sign_in.refused" : "request.refused";
    return newEvent({ now: () => at }, type, originOf(caller), { userId, flowId: flowId ?? null }, {
      operation,
      reason: error.code,
      ...limitOf(error, counted?.first ?? at),
      ...(caller.ipAddress && { block: addressBlock(caller.ipAddress) }),
      ...(identifier && userId === null && { subject: subjectHash(services.keys.current, identifier) }),
      ...(note.detail && { detail: note.detail }),
      ...(note.origin && { origin: note.origin }),
      ...(counted &&
        { count: counted.count, first: counted.first.toISOString(), last: counted.last.toISOString() }),
    });
  });
}

function ownerOf(named: ReadonlyMap<string, string>, typed: string | undefined): string | null {
  if (!typed) return null;
  const { kind, key } = parseIdentifier(typed);
  return named.get(`${kind} ${key}`) ?? null;
}

/** The name of the limit that was reached, and when it ends. */
function limitOf(error: AuthError, now: Date): { limit?: string; until?: string } {
  if (!(error instanceof RateLimited)) return {};
  const until = new Date(now.getTime() + (error.remedy.retryAfterSeconds ?? 0) * 1000);
  return { limit: error.limit, until: until.toISOString() };
}

/** Records refusals. */
export type HasRefusals = { refusals: Refusals };
