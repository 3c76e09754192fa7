import { RateLimited, Unavailable } from "../../lib/errors.ts";
import { addressBlock } from "./address_block.ts";
import type { Limit, Limits, LimitSubject } from "./limits.ts";

/**
 * Generous limits, counted in memory and reported to the database in batches of a tenth of the limit. A normal client
 * causes no statement, and a flood one per batch. Together, all instances allow at most the limit plus less than one
 * batch for each further instance.
 */
export type Allowances = {
  /** Counts one. Throws `RateLimited` if the allowance is used up. */
  take(limit: Limit, subject: LimitSubject): Promise<void>;
  /** Throws `RateLimited` if the allowance is used up. Counts nothing and queries no database. */
  check(limit: Limit, subject: LimitSubject): void;
  /** Counts one action that has already happened. Never throws `RateLimited`. */
  note(limit: Limit, subject: LimitSubject): Promise<void>;
  /** Forgets the counts in memory of these keys or address blocks. */
  forget(subjects: readonly string[]): void;
};

export type AllowanceServices = {
  limits: Pick<Limits, "add" | "mostOf">;
  now: () => Date;
  onHit: (limit: Limit) => void;
};

/** `reported` is the database's count for all instances; `unreported` belongs to the next batch. */
type Count = { reported: number; unreported: number; endsAt: number };

/** The most counts in memory, about 3 MB. Beyond it, the oldest is dropped with its unreported part. */
const MAX_COUNTS = 10_000;

export function createAllowances({ limits, now, onHit }: AllowanceServices): Allowances {
  const counts = new Map<string, Count>();

  const current = (name: string): Count | undefined => {
    const count = counts.get(name);
    return count && count.endsAt > now().getTime() ? count : undefined;
  };
  const begin = (name: string, limit: Limit): Count => {
    counts.delete(name);
    const [oldest] = counts.keys();
    if (oldest !== undefined && counts.size >= MAX_COUNTS) counts.delete(oldest);
    const count = { reported: 0, unreported: 0, endsAt: now().getTime() + limit.seconds * 1000 };
    counts.set(name, count);
    return count;
  };
  const refuseAbove = (most: number, limit: Limit, count: Count | undefined) => {
    if (!count || count.reported + count.unreported <= most) return;
    onHit(limit);
    const seconds = Math.ceil((count.endsAt - now().getTime()) / 1000);
    throw new RateLimited(limit.what, Math.max(1, seconds), limit.variable);
  };
  const check: Allowances["check"] = (limit, subject) => {
    const name = nameOf(limit, subject);
    if (name !== undefined) refuseAbove(limits.mostOf(limit) - 1, limit, current(name));
  };
  const add = async (limit: Limit, subject: LimitSubject): Promise<Count | undefined> => {
    const name = nameOf(limit, subject);
    if (name === undefined) return undefined;
    const count = current(name) ?? begin(name, limit);
    if (++count.unreported < batchSize(limits.mostOf(limit))) return count;
    const batch = count.unreported;
    count.unreported = 0;
    count.reported += batch;
    const { points, endsAt } = await limits.add(limit, subject, batch);
    count.reported = Math.max(count.reported, points);
    count.endsAt = endsAt;
    return count;
  };
  return {
    forget: (subjects) => {
      const endings = subjects.map((subject) => ` ${subject}`);
      for (const name of counts.keys()) {
        if (endings.some((ending) => name.endsWith(ending))) counts.delete(name);
      }
    },
    check,
    take: async (limit, subject) => {
      check(limit, subject);
      // Other instances may have used it up.
      refuseAbove(limits.mostOf(limit), limit, await add(limit, subject));
    },
    note: async (limit, subject) => {
      try {
        await add(limit, subject);
      } catch (error) {
        // The action has succeeded and is counted in memory, so a database outage must not fail the request.
        if (!(error instanceof Unavailable)) throw error;
      }
    },
  };
}

function batchSize(most: number): number {
  return Math.max(1, Math.floor(most / 10));
}

/** The key of a count. Undefined for a request without a client address. */
function nameOf(limit: Limit, subject: LimitSubject): string | undefined {
  if ("key" in subject) return `${limit.name} ${subject.key}`;
  return subject.ipAddress === null ? undefined : `${limit.name} ${addressBlock(subject.ipAddress)}`;
}

/** Services that apply the generous limits against floods. */
export type HasAllowances = { allowances: Allowances };
