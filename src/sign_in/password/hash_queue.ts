import { Overloaded } from "../../lib/errors.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import { FairLine, type Places } from "./fair_line.ts";
import type { PasswordHash } from "../../lib/password_hash.ts";

/**
 * R17: at most 64 requests wait; further callers get `Overloaded`. An address block may hold half of the
 * places, which is enough for an application that signs in all its users; an account may hold half of a
 * block's places.
 */
export const PLACES: Places = { all: 64, block: 32, account: 16 };

/** The weight of the newest duration in the moving average. */
const MEAN_WEIGHT = 0.1;

/** The client's address, and the account the hash is for, if any. */
export type HashCaller = { ipAddress: string | null; account?: string };

const UNKNOWN: HashCaller = { ipAddress: null };

/**
 * Hashes passwords, one at a time per core. More at once would not be faster, but use more memory and delay
 * all callers.
 */
export type HashQueue = {
  hash(password: string, from?: HashCaller): Promise<string>;
  verify(hash: string, password: string, from?: HashCaller): Promise<boolean>;
  isWeak(hash: string): boolean;
  /** The number of waiting requests. */
  readonly waiting: number;
};

/**
 * Queues the calls of `passwordHash`: 64 places with fair shares. `hash` and `verify` throw `Overloaded`,
 * with the time to wait, if there is no place for the caller or a caller with a smaller share takes it.
 * `observe` receives the duration of each hash without the wait, and how many others wait.
 */
export function createHashQueue(
  passwordHash: PasswordHash,
  observe: (seconds: number, waiting: number) => void,
  atOnce = navigator.hardwareConcurrency,
): HashQueue {
  const line = new FairLine(PLACES);
  let running = 0;
  let meanSeconds = 0.05;

  const overloaded = () => {
    const seconds = Math.ceil(line.length * meanSeconds / atOnce);
    return new Overloaded("check the password", Math.max(1, seconds));
  };
  const waitForTurn = ({ ipAddress, account }: HashCaller): Promise<void> | undefined => {
    if (running < atOnce) {
      running++;
      return undefined;
    }
    const block = ipAddress === null ? null : addressBlock(ipAddress);
    return new Promise((begin, fail) => {
      const refuse = () => fail(overloaded());
      if (!line.add({ block, account: account ?? null, begin, refuse })) refuse();
    });
  };
  const runInTurn = async <T>(from: HashCaller, work: () => Promise<T>): Promise<T> => {
    await waitForTurn(from);
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - begun) / 1000;
      meanSeconds += (seconds - meanSeconds) * MEAN_WEIGHT;
      observe(seconds, line.length);
      const next = line.next();
      if (next) next.begin();
      else running--;
    }
  };
  return {
    hash: (password, from = UNKNOWN) => runInTurn(from, () => passwordHash.hash(password)),
    verify: (hash, password, from = UNKNOWN) => runInTurn(from, () => passwordHash.verify(hash, password)),
    isWeak: (hash) => passwordHash.isWeak(hash),
    get waiting() {
      return line.length;
    },
  };
}

/** Provides queued password hashing. */
export type HasPasswords = { passwords: HashQueue };
