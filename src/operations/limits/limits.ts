import type { Kysely } from "kysely";
import { sha256, toBase64Url } from "../../lib/crypto.ts";
import type { Conditional } from "../../platform/db/conditional.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { RateLimited } from "../../lib/errors.ts";
import { addressBlock } from "./address_block.ts";
import type { Limit } from "./limit.ts";
import {
  addToCount,
  countedChange,
  type Counter,
  type CounterState,
  deleteSubjects,
  deletingCounts,
  FROM,
  lowerCounts,
  pruneCounts,
  raiseCounts,
  readUsedUp,
} from "./limit_store.ts";

export type { Limit } from "./limit.ts";

/** The subject of a counter: a client address (IPv6 by its /64), or any other key. */
export type LimitSubject = { ipAddress: string | null } | KeyedSubject;

/** With `from`, each device or network that the key is used from has a counter of its own. */
export type KeyedSubject = { key: string; from?: string };

/** One charge: the limit, and the subject it is counted for. */
export type Charge = readonly [limit: Limit, subject: LimitSubject];

/** A charge whose subject has a key. */
export type KeyedCharge = readonly [limit: Limit, subject: KeyedSubject];

/** The limit that refuses a try, and the error for the caller. */
export type Refusal = { limit: Limit; error: RateLimited };

/** The result of a try. `shareOf` returns the used share of a counter: more than 1 if it is over its limit. */
export type ChargeResult = { refused?: Refusal | undefined; shareOf(charge: Charge): number };

/** A limit that refuses the next try: its configured number, and when it ends. */
export type ReachedLimit = { limit: Limit; most: number; until: Date };

/** Further charges of a try. */
export type ChargeOptions = {
  /** Not counted. If one is used up, the try is refused. */
  checked?: readonly Charge[];
  /** Counted with the others, and never refuses the try. */
  silent?: Charge;
  /** Not counted, and never refuses the try. `shareOf` tells whether it is used up. */
  watched?: Charge;
};

/**
 * Counts tries and refuses those over a limit with `RateLimited`. Limits by client address do not apply to a request
 * without one.
 */
export type Limits = {
  /** Counts one. Throws `RateLimited` if the limit is used up. */
  charge(limit: Limit, subject: LimitSubject): Promise<void>;
  /**
   * Counts all charges in one statement, or none if one of them is used up. Returns the first refusal. Client addresses
   * are checked first, so a client refused by its address learns nothing about the other counters.
   */
  chargeEach(charges: readonly Charge[]): Promise<Refusal | undefined>;
  /** Like `chargeEach`, with `options`. Also returns the used share of each counter. */
  chargeWith(charges: readonly Charge[], options: ChargeOptions): Promise<ChargeResult>;
  /**
   * Executes and counts a change that returns at most one row, in one statement. If the limit is used up, it changes
   * nothing. If there is nothing to change, it counts nothing.
   */
  chargeChange<Row>(
    limit: Limit,
    subject: KeyedSubject,
    change: Conditional<Row>,
  ): Promise<{ refused?: RateLimited; row?: Row }>;
  /** Adds `by` to a counter and returns its new state. Never refuses. */
  add(limit: Limit, subject: LimitSubject, by: number): Promise<CounterState>;
  /** Returns the configured number of the limit. */
  mostOf(limit: Limit): number;
  /** Lowers each counter by one, for a try that had no effect. */
  refund(charges: readonly Charge[]): Promise<void>;
  /** Throws `RateLimited` if the limit is used up. Counts nothing. */
  check(limit: Limit, subject: LimitSubject): Promise<void>;
  /** Returns when all of the limits allow the next try, or undefined if they allow it now. */
  nextAt(charges: readonly Charge[]): Promise<Date | undefined>;
  /** Returns the limits that would refuse the next try. */
  reached(charges: readonly Charge[]): Promise<ReachedLimit[]>;
  /** Builds the statement that resets the counters. */
  forgetting(charges: readonly Charge[]): ReturnType<typeof deletingCounts>;
  /** Deletes the counters of all limits for these subjects, from all devices and networks. */
  clear(subjects: readonly LimitSubject[]): Promise<void>;
  /** Deletes counters whose period has ended. */
  prune(): Promise<void>;
};

export type LimitServices = { db: Kysely<Tables>; now: () => Date; onHit: (limit: Limit) => void };

/** The configured numbers by the names of the limits. */
type ConfiguredLimits = Readonly<Record<string, number | undefined>>;

export function createLimits(services: LimitServices, most: ConfiguredLimits = {}): Limits {
  const { db } = services;
  const now = () => services.now().getTime();
  const countersOf = (charges: readonly Charge[]) =>
    charges.flatMap(([limit, subject]) => {
      const key = keyOf(subject);
      return key === undefined ? [] : counterOf(limit, key, most, now());
    });
  const refusal = ({ limit }: LimitCounter, { endsAt }: CounterState): Refusal => {
    services.onHit(limit);
    const seconds = Math.max(1, Math.ceil((endsAt - now()) / 1000));
    return { limit, error: new RateLimited(limit.what, seconds, limit.variable) };
  };
  const chargeWith: Limits["chargeWith"] = async (charges, { checked = [], silent, watched }) => {
    const raised = countersOf(addressesFirst(charges));
    const [silentCounter] = countersOf(silent ? [silent] : []);
    const [watchedCounter] = countersOf(watched ? [watched] : []);
    const counters = {
      raised,
      checked: countersOf(checked),
      silent: silentCounter,
      watched: watchedCounter,
    };
    const states = await raiseCounts(db, counters, now());
    const shareOf = (charge: Charge) => {
      const [counter] = countersOf([charge]);
      return counter ? (states.get(counter.key)?.points ?? 0) / counter.most : 0;
    };
    const isOver = ({ key, most }: Counter) => (states.get(key)?.points ?? 0) > most;
    const over = countersOf(addressesFirst([...checked, ...charges])).find(isOver);
    const state = over && states.get(over.key);
    if (!state) return { shareOf };
    // A concurrent try used up a counter while the statement ran: undo the counters raised before it.
    const before = raised.slice(0, Math.max(0, raised.findIndex(isOver)));
    if (before.some(({ key }) => states.has(key))) await lowerCounts(db, before, now());
    return { refused: refusal(over, state), shareOf };
  };
  const chargeEach = async (charges: readonly Charge[], checked: readonly Charge[] = []) =>
    (await chargeWith(charges, { checked })).refused;
  const chargeChange: Limits["chargeChange"] = async (limit, subject, change) => {
    const counter = counterOf(limit, keyedBy(subject), most, now());
    const { row, usedUp } = await countedChange(db, counter, change, now());
    if (usedUp) return { refused: refusal(counter, usedUp).error };
    return row === undefined ? {} : { row };
  };
  const chargeOrThrow = async (charges: readonly Charge[], checked: readonly Charge[] = []) => {
    const refused = await chargeEach(charges, checked);
    if (refused) throw refused.error;
  };
  return {
    chargeEach,
    chargeWith,
    chargeChange,
    add: async (limit, subject, by) => {
      const [counter] = countersOf([[limit, subject]]);
      const state = counter && await addToCount(db, { ...counter, by }, now());
      return state ?? { points: by, endsAt: now() + limit.seconds * 1000 };
    },
    mostOf: (limit) => most[limit.name] ?? limit.most,
    charge: (...charge) => chargeOrThrow([charge]),
    check: (...charge) => chargeOrThrow([], [charge]),
    nextAt: async (charges) => {
      const states = await readUsedUp(db, countersOf(charges), now());
      const ends = [...states.values()].map(({ endsAt }) => endsAt);
      return ends.length === 0 ? undefined : new Date(Math.max(...ends));
    },
    reached: async (charges) => {
      const counters = countersOf(charges);
      const states = await readUsedUp(db, counters, now());
      return counters.flatMap(({ limit, key, most }) => {
        const state = states.get(key);
        return state ? [{ limit, most, until: new Date(state.endsAt) }] : [];
      });
    },
    refund: (charges) => lowerCounts(db, countersOf(charges), now()),
    forgetting: (charges) => deletingCounts(db, countersOf(charges)),
    clear: (subjects) => deleteSubjects(db, subjects.flatMap((subject) => keyOf(subject) ?? [])),
    prune: () => pruneCounts(db, now()),
  };
}

/** Sorts charges into the order in which they refuse. */
function addressesFirst(charges: readonly Charge[]): Charge[] {
  return charges.toSorted(([, one], [, other]) => Number("key" in one) - Number("key" in other));
}

type LimitCounter = Counter & { limit: Limit };

function counterOf(
  limit: Limit,
  key: string,
  most: ConfiguredLimits,
  now: number,
): LimitCounter {
  const endsAt = now + limit.seconds * 1000;
  return { limit, key: `${limit.name}:${key}`, most: most[limit.name] ?? limit.most, endsAt };
}

/** Hashes the subject, so that the table does not list addresses and users. */
function keyOf(subject: LimitSubject): string | undefined {
  if ("key" in subject) return keyedBy(subject);
  return subject.ipAddress === null ? undefined : hashed(addressBlock(subject.ipAddress));
}

function keyedBy({ key, from }: KeyedSubject): string {
  return from === undefined ? hashed(key) : `${hashed(key)}${FROM}${hashed(from)}`;
}

function hashed(text: string): string {
  return toBase64Url(sha256(text).subarray(0, 16));
}

/** Services that apply the limits counted in the database. */
export type HasLimits = { limits: Limits };
