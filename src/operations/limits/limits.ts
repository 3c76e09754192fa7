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
  deletingCounts,
  lowerCounts,
  pruneCounts,
  raiseCounts,
  readUsedUp,
  type Standing,
} from "./limit_store.ts";

export type { Limit } from "./limit.ts";

/** Who or what is counted: a client address (IPv6 by its /64), or something else by name. */
export type LimitSubject = { ipAddress: string | null } | { key: string };

/** What is counted: by which limit, and whose it is. */
export type Charge = readonly [limit: Limit, subject: LimitSubject];

/** The same, of what is counted by name. */
export type KeyedCharge = readonly [limit: Limit, subject: { key: string }];

/** The limit that refuses, and what its caller is told. */
export type Refusal = { limit: Limit; error: RateLimited };

/** What became of a try; `shareOf` says how much of a count is used up: more than 1 when it is over its most. */
export type Charged = { refused?: Refusal | undefined; shareOf(charge: Charge): number };

/** What else a try is held against. */
export type ChargeOptions = {
  /** Refuse the try too when they are used up, but are not counted. */
  checked?: readonly Charge[];
  /** Counted with the others, and refuses nothing. */
  silent?: Charge;
  /** Neither counted nor refusing: `shareOf` tells when it is used up. */
  watched?: Charge;
};

/**
 * Counts tries and refuses those over a limit with `RateLimited`. A request without a client address is not counted
 * by it.
 */
export type Limits = {
  /** Counts one, and throws when it is one too many. */
  charge(limit: Limit, subject: LimitSubject): Promise<void>;
  /**
   * Counts one of each, in one statement, unless one of them is used up: then none is counted. Client
   * addresses come first: whoever is refused by theirs learns nothing of the others. Returns the first refusal.
   */
  chargeEach(charges: readonly Charge[]): Promise<Refusal | undefined>;
  /** The same with `options`, and tells how the counts stand. */
  chargeWith(charges: readonly Charge[], options: ChargeOptions): Promise<Charged>;
  /**
   * Makes a change that returns one row at most, and counts it, in one statement. Changes nothing when the limit
   * refuses it, and counts nothing when there is nothing to change.
   */
  chargeChange<Row>(
    limit: Limit,
    subject: { key: string },
    change: Conditional<Row>,
  ): Promise<{ refused?: RateLimited; row?: Row }>;
  /** Counts so many at once, and tells how the count stands then; refuses nothing. */
  add(limit: Limit, subject: LimitSubject, by: number): Promise<Standing>;
  /** How many it takes. */
  mostOf(limit: Limit): number;
  /** Takes one of each back that came to nothing. */
  refund(charges: readonly Charge[]): Promise<void>;
  /** Throws when the next one would be one too many; counts nothing. */
  check(limit: Limit, subject: LimitSubject): Promise<void>;
  /** When the next one is taken by all of these, if it is not now. */
  nextAt(charges: readonly Charge[]): Promise<Date | undefined>;
  /** Builds the statement that makes them start again from nothing. */
  forgetting(charges: readonly KeyedCharge[]): ReturnType<typeof deletingCounts>;
  /** Deletes what counts no more. */
  prune(): Promise<void>;
};

export type LimitServices = { db: Kysely<Tables>; now: () => Date; onHit: (limit: Limit) => void };

/** The figures that are configured, by the names of the limits. */
type Figures = Readonly<Record<string, number | undefined>>;

export function createLimits(services: LimitServices, most: Figures = {}): Limits {
  const { db } = services;
  const now = () => services.now().getTime();
  const countersOf = (charges: readonly Charge[]) =>
    charges.flatMap(([limit, subject]) => {
      const key = keyOf(subject);
      return key === undefined ? [] : counterOf(limit, key, most, now());
    });
  const refusal = ({ limit }: LimitCounter, { endsAt }: Standing): Refusal => {
    services.onHit(limit);
    const seconds = Math.max(1, Math.ceil((endsAt - now()) / 1000));
    return { limit, error: new RateLimited(limit.what, seconds) };
  };
  const chargeWith: Limits["chargeWith"] = async (charges, { checked = [], silent, watched }) => {
    const raised = countersOf(addressesFirst(charges));
    const [unseen] = countersOf(silent ? [silent] : []);
    const [seen] = countersOf(watched ? [watched] : []);
    const counted = { raised, checked: countersOf(checked), silent: unseen, watched: seen };
    const standings = await raiseCounts(db, counted, now());
    const shareOf = (charge: Charge) => {
      const [counter] = countersOf([charge]);
      return counter ? (standings.get(counter.key)?.points ?? 0) / counter.most : 0;
    };
    const isOver = ({ key, most }: Counter) => (standings.get(key)?.points ?? 0) > most;
    const over = countersOf(addressesFirst([...checked, ...charges])).find(isOver);
    const standing = over && standings.get(over.key);
    if (!standing) return { shareOf };
    // A parallel try took the last one in between: what was counted before that is taken back.
    const before = raised.slice(0, Math.max(0, raised.findIndex(isOver)));
    if (before.some(({ key }) => standings.has(key))) await lowerCounts(db, before, now());
    return { refused: refusal(over, standing), shareOf };
  };
  const chargeEach = async (charges: readonly Charge[], checked: readonly Charge[] = []) =>
    (await chargeWith(charges, { checked })).refused;
  const chargeChange: Limits["chargeChange"] = async (limit, { key }, change) => {
    const counter = counterOf(limit, hashed(key), most, now());
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
      const standing = counter && await addToCount(db, { ...counter, by }, now());
      return standing ?? { points: by, endsAt: now() + limit.seconds * 1000 };
    },
    mostOf: (limit) => most[limit.name] ?? limit.most,
    charge: (...charge) => chargeOrThrow([charge]),
    check: (...charge) => chargeOrThrow([], [charge]),
    nextAt: async (charges) => {
      const standings = await readUsedUp(db, countersOf(charges), now());
      const ends = [...standings.values()].map(({ endsAt }) => endsAt);
      return ends.length === 0 ? undefined : new Date(Math.max(...ends));
    },
    refund: (charges) => lowerCounts(db, countersOf(charges), now()),
    forgetting: (charges) => deletingCounts(db, countersOf(charges)),
    prune: () => pruneCounts(db, now()),
  };
}

/** In the order in which they refuse. */
function addressesFirst(charges: readonly Charge[]): Charge[] {
  return charges.toSorted(([, one], [, other]) => Number("key" in one) - Number("key" in other));
}

type LimitCounter = Counter & { limit: Limit };

function counterOf(
  limit: Limit,
  key: string,
  most: Figures,
  now: number,
): LimitCounter {
  const endsAt = now + limit.seconds * 1000;
  return { limit, key: `${limit.name}:${key}`, most: most[limit.name] ?? limit.most, endsAt };
}

/** Hashed: the rows are no list of who was here. */
function keyOf(subject: LimitSubject): string | undefined {
  if ("key" in subject) return hashed(subject.key);
  return subject.ipAddress === null ? undefined : hashed(addressBlock(subject.ipAddress));
}

function hashed(text: string): string {
  return toBase64Url(sha256(text).subarray(0, 16));
}

/** Applies the limits that are counted in the database. */
export type HasLimits = { limits: Limits };
