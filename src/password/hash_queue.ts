import { Overloaded } from "../errors.ts";
import { addressBlock } from "../limits/address_block.ts";
import type { PasswordHash } from "./password_hash.ts";

/** R17: at most this many wait for their turn; who comes then is told to come back. */
const MOST_WAITING = 64;

/**
 * Half of them at most are one client address's: an application that asks for all its people, and no attacker for
 * all.
 */
const MOST_WAITING_FROM_ONE = 32;

/** The weight of the newest hash in the running mean of how long one takes. */
const MEAN_WEIGHT = 0.1;

/** Hashing, one at a time on each core: more at once would gain nothing, and cost memory and everybody's turn. */
export type HashQueue = {
  hash(password: string, from?: string | null): Promise<string>;
  verify(hash: string, password: string, from?: string | null): Promise<boolean>;
  isWeak(hash: string): boolean;
  /** How many wait for their turn. */
  readonly waiting: number;
};

/**
 * `passwordHash` behind a queue of 64, of which 32 may come from one client address. `hash` and `verify` throw
 * `Overloaded`, with the time until there is room, when there is none. `observeSeconds` is told how long each hash
 * took, without its wait.
 */
export function createHashQueue(
  passwordHash: PasswordHash,
  observeSeconds: (seconds: number) => void,
  atOnce = navigator.hardwareConcurrency,
): HashQueue {
  const waiting: { from: string | null; begin: () => void }[] = [];
  let running = 0;
  let meanSeconds = 0.05;

  const turn = (ipAddress: string | null): Promise<void> | undefined => {
    if (running < atOnce) {
      running++;
      return undefined;
    }
    const from = ipAddress === null ? null : addressBlock(ipAddress);
    const others = waiting.filter((one) => from !== null && one.from === from).length;
    if (waiting.length >= MOST_WAITING || others >= MOST_WAITING_FROM_ONE) {
      throw new Overloaded(
        "check the password",
        Math.max(1, Math.ceil(waiting.length * meanSeconds / atOnce)),
      );
    }
    return new Promise((begin) => waiting.push({ from, begin }));
  };
  const inTurn = async <T>(from: string | null, work: () => Promise<T>): Promise<T> => {
    await turn(from);
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - begun) / 1000;
      meanSeconds += (seconds - meanSeconds) * MEAN_WEIGHT;
      observeSeconds(seconds);
      const next = waiting.shift();
      if (next) next.begin();
      else running--;
    }
  };
  return {
    hash: (password, from = null) => inTurn(from, () => passwordHash.hash(password)),
    verify: (hash, password, from = null) => inTurn(from, () => passwordHash.verify(hash, password)),
    isWeak: (hash) => passwordHash.isWeak(hash),
    get waiting() {
      return waiting.length;
    },
  };
}
