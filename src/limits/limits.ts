import { CompiledQuery, type Kysely, type RawBuilder, sql } from "kysely";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { sha256, toBase64Url } from "../crypto.ts";
import type { Tables } from "../db/tables.ts";
import { RateLimited } from "../errors.ts";
import { addressBlock } from "./address_block.ts";

const MINUTES = 60;
const HOURS = 60 * MINUTES;
const DAYS = 24 * HOURS;

/**
 * Every limit there is: how many in how many seconds, what is counted, and by what. They are rows in the database, so
 * they hold on every instance and across restarts. None of them ever ends a session. The figures are configuration
 * (`LIMIT_…`), these are the defaults.
 */
export const LIMITS = {
  /** Passwords tried for one username or address, right ones forgotten: R41. */
  passwordPerAccount: { most: 10, seconds: 15 * MINUTES, what: "sign in with a password" },
  /** The reserve of an address that the account was signed in from before, when either of the two is used up. */
  passwordPerKnownAddress: { most: 10, seconds: 15 * MINUTES, what: "sign in with a password" },
  /** Wrong passwords from one client address, for whatever accounts. */
  passwordPerAddress: { most: 100, seconds: 15 * MINUTES, what: "sign in with a password" },
  registerPerAddress: { most: 200, seconds: HOURS, what: "register" },
  /** Mailed links that were refused. */
  linkPerAddress: { most: 60, seconds: HOURS, what: "use this link" },
  /** Google's tokens that were refused. */
  googlePerAddress: { most: 100, seconds: HOURS, what: "sign in with Google" },
  /** Returns from Google that were refused. */
  statePerAddress: { most: 60, seconds: HOURS, what: "finish a Google authorization" },
  /** Authorizations that one user or operator starts, and imports of theirs that Google is asked about. */
  googlePerUser: { most: 100, seconds: HOURS, what: "connect Google" },
  /** Modal flows that one user starts. */
  modalPerUser: { most: 100, seconds: HOURS, what: "start a Modal flow" },
  /** R22: mails of one purpose to one address. */
  mailPerRecipient: { most: 10, seconds: DAYS, what: "send a mail" },
  /** The reserve of an address that the recipient has signed in from before. */
  mailPerKnownAddress: { most: 5, seconds: DAYS, what: "send a mail" },
  /** Codes asked for by one client address for one e-mail address. */
  codeInterval: { most: 1, seconds: MINUTES, what: "send another code" },
  /** R22: codes tried for one e-mail address, whatever flow they are of; a right one forgets them. */
  codePerAccount: { most: 20, seconds: HOURS, what: "try another code" },
  codePerKnownAddress: { most: 10, seconds: HOURS, what: "try another code" },
  /** R44. */
  guestPerAddress: { most: 30, seconds: HOURS, what: "sign in as a guest" },
  /** Mails that one client address asked for. */
  mailPerAddress: { most: 60, seconds: HOURS, what: "send a mail" },
} as const;

export type LimitName = keyof typeof LIMITS;

/** Who or what is counted: a client address (IPv6 by its /64), or something else by name. */
export type LimitSubject = { ipAddress: string | null } | { key: string };

/** Counts tries and refuses those over a limit with `RateLimited`. */
export type Limits = {
  /** Counts one, and throws when it is one too many. A request without a client address is not counted by it. */
  charge(limit: LimitName, subject: LimitSubject): Promise<void>;
  /** Takes one back that came to nothing. */
  refund(limit: LimitName, subject: LimitSubject): Promise<void>;
  /** Throws when the next one would be one too many; counts nothing. */
  check(limit: LimitName, subject: LimitSubject): Promise<void>;
  /** When the next one is taken, if it is not now. */
  nextAt(limit: LimitName, subject: LimitSubject): Promise<Date | undefined>;
  /** Starts again from nothing. */
  forget(limit: LimitName, subject: LimitSubject): Promise<void>;
  /** The part of a statement that does the same where `changed` gives a row: `forgotten as (<this>)`. */
  forgetting(limit: LimitName, subject: { key: string }, changed: string): RawBuilder<unknown>;
  /** Deletes what counts no more. */
  prune(): Promise<void>;
};

export type LimitServices = { db: Kysely<Tables>; now: () => Date; onHit: (limit: LimitName) => void };

/** `most` holds the figures that were configured. */
export function createLimits(services: LimitServices, most: Partial<Record<LimitName, number>> = {}): Limits {
  const storeClient = queriesOf(services);
  const limiters = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [
      name,
      new RateLimiterPostgres({
        storeClient,
        storeType: "client",
        tableName: "rate_limits",
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix: name,
        points: most[name as LimitName] ?? limit.most,
        duration: limit.seconds,
      }),
    ]),
  ) as Record<LimitName, RateLimiterPostgres>;

  const refuse = (limit: LimitName, msBeforeNext: number): never => {
    services.onHit(limit);
    throw new RateLimited(LIMITS[limit].what, Math.max(1, Math.ceil(msBeforeNext / 1000)));
  };
  return {
    charge: async (limit, subject) => {
      const key = keyOf(subject);
      if (key === undefined) return;
      try {
        await limiters[limit].consume(key);
      } catch (error) {
        // The library throws its count when it is over, and errors as they are: those must not let anybody pass.
        if (error instanceof RateLimiterRes) refuse(limit, error.msBeforeNext);
        throw error;
      }
    },
    check: async (limit, subject) => {
      const key = keyOf(subject);
      const used = key === undefined ? null : await limiters[limit].get(key);
      if (used && used.remainingPoints <= 0) refuse(limit, used.msBeforeNext);
    },
    nextAt: async (limit, subject) => {
      const key = keyOf(subject);
      const used = key === undefined ? null : await limiters[limit].get(key);
      if (!used || used.remainingPoints > 0) return undefined;
      return new Date(services.now().getTime() + used.msBeforeNext);
    },
    refund: async (limit, subject) => {
      const key = keyOf(subject);
      if (key !== undefined) await limiters[limit].reward(key);
    },
    forget: async (limit, subject) => {
      const key = keyOf(subject);
      if (key !== undefined) await limiters[limit].delete(key);
    },
    forgetting: (limit, { key }, changed) =>
      sql`delete from rate_limits using ${sql.ref(changed)} where key = ${
        limiters[limit].getKey(hashed(key))
      }`,
    prune: async () => {
      await services.db.deleteFrom("rate_limits").where("expire", "<", services.now().getTime()).execute();
    },
  };
}

/** Hashed: the rows are no list of who was here. */
function keyOf(subject: LimitSubject): string | undefined {
  if ("key" in subject) return hashed(subject.key);
  return subject.ipAddress === null ? undefined : hashed(addressBlock(subject.ipAddress));
}

function hashed(text: string): string {
  return toBase64Url(sha256(text).subarray(0, 16));
}

/** Any number over it is an instant in milliseconds, for nobody has as many points. */
const AN_INSTANT = 1e12;

/**
 * A count need not have reached the disk when its caller goes on: everybody at one address would wait in line for it.
 * What is lost when Postgres itself dies is the tries of its last half second.
 */
const UNHURRIED = `SELECT $1, $2::integer, $3::bigint
  FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried`;

/**
 * What the library takes for a Postgres client. (Given a PGlite it fails open.) The library asks the system for the
 * time; ours is an argument, so instants are moved by the difference on their way in and out.
 */
function queriesOf({ db, now }: LimitServices) {
  return {
    query: async ({ text: asked, values }: { text: string; values: unknown[] }) => {
      const text = asked.replace("VALUES ($1, $2, $3)", UNHURRIED);
      const ahead = now().getTime() - Date.now();
      const moved = values.map((value) =>
        typeof value === "number" && value > AN_INSTANT ? value + ahead : value
      );
      const { rows } = await db.executeQuery<{ points: number; expire: number | null }>(
        CompiledQuery.raw(text, moved),
      );
      return {
        rows: rows.map((row) => ({
          ...row,
          expire: row.expire === null ? null : Number(row.expire) - ahead,
        })),
        rowCount: rows.length,
      };
    },
  };
}
