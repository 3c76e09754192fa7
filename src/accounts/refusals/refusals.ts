import { getLogger } from "@logtape/logtape";
import { type NewEvent, newEvent, writeEvents } from "../../events/events.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import { type AuthError, RateLimited } from "../../lib/errors.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import { parseIdentifier } from "../users/names.ts";
import { findNamed } from "../users/users.ts";

import { subjectHash } from "./subject_hash.ts";

const log = getLogger(["sallyport", "refusals"]);

/** A request that the server has refused. */
export type Refusal = {
  /** The field of the API, such as `signInWithPassword`. */
  operation: string;
  /** Whether the operation would have signed the caller in. */
  signsIn: boolean;
  error: AuthError;
  caller: Caller;
  /** The username or address that the caller typed. */
  identifier?: string | undefined;
  /** The flow that the caller continues, without its key. */
  flowId?: string | undefined;
};

/** Records refusals as events, in the background: a refusal costs its caller no time and no statement. */
export type Refusals = {
  note(refusal: Refusal): void;
  /** Writes the events that are pending, and the counts so far. */
  close(): Promise<void>;
};

/** Refusals of one kind in a minute that get an event each. Those beyond share one event with their count. */
const LISTED_OF_A_KIND = 5;

/** Events of single refusals in a minute, for all kinds together. */
const MOST_LISTED = 1_000;

/** Kinds remembered at a time, at about 300 bytes each. Those beyond are counted together, by their reason. */
const MOST_KINDS = 10_000;

const MINUTE_MS = 60_000;

/** Events within this time are written together. */
const WRITE_AFTER_MS = 250;

type Services = HasClock & HasDatabase & HasEventLog & HasKeys;

/** Refusals with the same reason, subject and network in the same minute. */
type Kind = { count: number; beyond: number; first: Date; last: Date; sample: Refusal };

/** A refusal to write, or several of one kind. */
type Entry = { refusal: Refusal; beyond?: { count: number; first: Date; last: Date } };

export function recordRefusals(services: Services): Refusals {
  let kinds = new Map<string, Kind>();
  let entries: Entry[] = [];
  let listed = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing = Promise.resolve();

  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const some = entries;
    entries = [];
    if (some.length === 0) return writing;
    return writing = writing.then(async () => writeEvents(services, await eventsOf(services, some)))
      .catch((error) => log.warn("Could not record refusals: {error}", { error }));
  };
  const endMinute = () => {
    for (const { beyond: count, first, last, sample } of kinds.values()) {
      if (count > 0) entries.push({ refusal: sample, beyond: { count, first, last } });
    }
    kinds = new Map();
    listed = 0;
    return write();
  };
  const minute = setInterval(endMinute, MINUTE_MS);

  const kindOf = (refusal: Refusal, now: Date): Kind => {
    const whole = keyOf(refusal);
    const key = kinds.has(whole) || kinds.size < MOST_KINDS ? whole : `${refusal.error.code}`;
    const kind = kinds.get(key) ?? { count: 0, beyond: 0, first: now, last: now, sample: refusal };
    kinds.set(key, kind);
    return kind;
  };
  return {
    note: (refusal) => {
      const now = services.now();
      const kind = kindOf(refusal, now);
      kind.count++;
      if (kind.count <= LISTED_OF_A_KIND && listed < MOST_LISTED) {
        listed++;
        entries.push({ refusal });
        timer ??= setTimeout(write, WRITE_AFTER_MS);
        return;
      }
      if (kind.beyond === 0) kind.first = now;
      kind.beyond++;
      kind.last = now;
    },
    close: async () => {
      clearInterval(minute);
      await endMinute();
    },
  };
}

/** Refusals with an equal key are of one kind. */
function keyOf({ operation, error, caller, identifier, flowId }: Refusal): string {
  const who = caller.kind === "user"
    ? caller.userId
    : identifier?.toLowerCase() ?? error.note.userId ?? flowId;
  return [error.code, error.note.detail, operation, who, caller.ipAddress && addressBlock(caller.ipAddress)]
    .join(" ");
}

async function eventsOf(services: Services, entries: readonly Entry[]): Promise<NewEvent[]> {
  const typed = entries.flatMap(({ refusal: { identifier } }) =>
    identifier ? [parseIdentifier(identifier)] : []
  );
  const named = await findNamed(services.db, typed);
  return entries.map(({ refusal, beyond }) => {
    const { operation, signsIn, error, caller, identifier, flowId } = refusal;
    const { note } = error;
    const userId = caller.kind === "user" ? caller.userId : note.userId ?? ownerOf(named, identifier);
    const type = signsIn ? "sign_in.refused" : "request.refused";
    return newEvent(services, type, originOf(caller), { userId, flowId: flowId ?? null }, {
      operation,
      reason: error.code,
      ...limitOf(error, services.now()),
      ...(caller.ipAddress && { block: addressBlock(caller.ipAddress) }),
      ...(identifier && userId === null && { subject: subjectHash(services.keys.current, identifier) }),
      ...(note.detail && { detail: note.detail }),
      ...(note.origin && { origin: note.origin }),
      ...(beyond &&
        { count: beyond.count, first: beyond.first.toISOString(), last: beyond.last.toISOString() }),
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
