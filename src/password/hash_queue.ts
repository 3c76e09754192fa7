import { Overloaded } from "../errors.ts";
import type { PasswordHash } from "./password_hash.ts";

/** R17: at most this many wait for their turn; who comes then is told to come back. */
const MOST_WAITING = 64;

/** The weight of the newest hash in the running mean of how long one takes. */
const MEAN_WEIGHT = 0.1;

/** Hashing, one at a time on each core: more at once would gain nothing, and cost memory and everybody's turn. */
export type HashQueue = PasswordHash & {
  /** How many wait for their turn. */
  readonly waiting: number;
};

/**
 * `passwordHash` behind a queue of 64. `hash` and `verify` throw `Overloaded`, with the time until there is room,
 * when the queue is full. `observeSeconds` is told how long each hash took, without its wait.
 */
export function createHashQueue(
  passwordHash: PasswordHash,
  observeSeconds: (seconds: number) => void,
  atOnce = navigator.hardwareConcurrency,
): HashQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let meanSeconds = 0.05;

  const turn = (): Promise<void> | undefined => {
    if (running < atOnce) {
      running++;
      return undefined;
    }
    if (waiting.length >= MOST_WAITING) {
      throw new Overloaded(
        "check the password",
        Math.max(1, Math.ceil(waiting.length * meanSeconds / atOnce)),
      );
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    await turn();
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - begun) / 1000;
      meanSeconds += (seconds - meanSeconds) * MEAN_WEIGHT;
      observeSeconds(seconds);
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
  return {
    hash: (password) => inTurn(() => passwordHash.hash(password)),
    verify: (hash, password) => inTurn(() => passwordHash.verify(hash, password)),
    isWeak: (hash) => passwordHash.isWeak(hash),
    get waiting() {
      return waiting.length;
    },
  };
}
