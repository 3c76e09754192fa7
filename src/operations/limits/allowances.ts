import { RateLimited, Unavailable } from "../../lib/errors.ts";
import { addressBlock } from "./address_block.ts";
import type { Limit, Limits, LimitSubject } from "./limits.ts";

/**
 * Generous limits, counted in memory and told to the database by the lot, a tenth of the limit. An ordinary caller
 * costs no statement, and a flood one in every lot. What all instances together let pass is the limit, and less than
 * a lot for each further instance.
 */
export type Allowances = {
  /** Counts one. Throws `RateLimited` when the allowance is used up. */
  take(limit: Limit, subject: LimitSubject): Promise<void>;
  /** Throws `RateLimited` when the allowance is used up; counts nothing, and asks no database. */
  check(limit: Limit, subject: LimitSubject): void;
  /** Counts one that was done already. */
  note(limit: Limit, subject: LimitSubject): Promise<void>;
};

export type AllowanceServices = {
  limits: Pick<Limits, "add" | "mostOf">;
  now: () => Date;
  onHit: (limit: Limit) => void;
};

/** `told` is what the database knows, of all instances; `untold` is the part of the next lot. */
type Count = { told: number; untold: number; endsAt: number };

/** Counts kept in memory, about 3 MB. The oldest one goes first, with the part of a lot that it holds. */
const MOST_COUNTS = 10_000;

export function createAllowances({ limits, now, onHit }: AllowanceServices): Allowances {
  const counts = new Map<string, Count>();

  const current = (name: string): Count | undefined => {
    const count = counts.get(name);
    return count && count.endsAt > now().getTime() ? count : undefined;
  };
  const begin = (name: string, limit: Limit): Count => {
    counts.delete(name);
    const [oldest] = counts.keys();
    if (oldest !== undefined && counts.size >= MOST_COUNTS) counts.delete(oldest);
    const count = { told: 0, untold: 0, endsAt: now().getTime() + limit.seconds * 1000 };
    counts.set(name, count);
    return count;
  };
  const refuseAbove = (most: number, limit: Limit, count: Count | undefined) => {
    if (!count || count.told + count.untold <= most) return;
    onHit(limit);
    const seconds = Math.ceil((count.endsAt - now().getTime()) / 1000);
    throw new RateLimited(limit.what, Math.max(1, seconds));
  };
  const check: Allowances["check"] = (limit, subject) => {
    const name = nameOf(limit, subject);
    if (name !== undefined) refuseAbove(limits.mostOf(limit) - 1, limit, current(name));
  };
  const add = async (limit: Limit, subject: LimitSubject): Promise<Count | undefined> => {
    const name = nameOf(limit, subject);
    if (name === undefined) return undefined;
    const count = current(name) ?? begin(name, limit);
    if (++count.untold < lotOf(limits.mostOf(limit))) return count;
    const lot = count.untold;
    count.untold = 0;
    count.told += lot;
    const { points, endsAt } = await limits.add(limit, subject, lot);
    count.told = Math.max(count.told, points);
    count.endsAt = endsAt;
    return count;
  };
  return {
    check,
    take: async (limit, subject) => {
      check(limit, subject);
      // Others may have used it up elsewhere.
      refuseAbove(limits.mostOf(limit), limit, await add(limit, subject));
    },
    note: async (limit, subject) => {
      try {
        await add(limit, subject);
      } catch (error) {
        // It is done, and counted here: the answer does not depend on the database any more.
        if (!(error instanceof Unavailable)) throw error;
      }
    },
  };
}

function lotOf(most: number): number {
  return Math.max(1, Math.floor(most / 10));
}

/** What is counted, as one text. Undefined for a request without a client address. */
function nameOf(limit: Limit, subject: LimitSubject): string | undefined {
  if ("key" in subject) return `${limit.name} ${subject.key}`;
  return subject.ipAddress === null ? undefined : `${limit.name} ${addressBlock(subject.ipAddress)}`;
}

/** Applies the generous limits against floods. */
export type HasAllowances = { allowances: Allowances };
