import { Overloaded } from "../../lib/errors.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import { FairLine, type Places } from "./fair_line.ts";
import type { PasswordHash } from "../../lib/password_hash.ts";

/**
 * R17: at most 64 wait for their turn; a further caller is told to come back. An address block holds half of the
 * places, which is enough for an application that asks for all its people; an account holds half of these.
 */
const PLACES: Places = { all: 64, block: 32, account: 16 };

/** The weight of the newest hash in the running mean of how long one takes. */
const MEAN_WEIGHT = 0.1;

/** Who asks for a hash: the client's address, and the account that it is for, if it is for one. */
export type HashCaller = { ipAddress: string | null; account?: string };

const UNKNOWN: HashCaller = { ipAddress: null };

/** Hashing, one at a time on each core: more at once would gain nothing, and cost memory and everybody's turn. */
export type HashQueue = {
  hash(password: string, from?: HashCaller): Promise<string>;
  verify(hash: string, password: string, from?: HashCaller): Promise<boolean>;
  isWeak(hash: string): boolean;
  /** How many wait for their turn. */
  readonly waiting: number;
};

/**
 * `passwordHash` behind a line of 64 places with fair shares. `hash` and `verify` throw `Overloaded`, with the time
 * until there is room, when there is no place for the caller, or a caller with a smaller share takes it.
 * `observeSeconds` is told how long each hash took, without its wait.
 */
export function createHashQueue(
  passwordHash: PasswordHash,
  observeSeconds: (seconds: number) => void,
  atOnce = navigator.hardwareConcurrency,
): HashQueue {
  const line = new FairLine(PLACES);
  let running = 0;
  let meanSeconds = 0.05;

  const overloaded = () => {
    const seconds = Math.ceil(line.length * meanSeconds / atOnce);
    return new Overloaded("check the password", Math.max(1, seconds));
  };
  const turn = ({ ipAddress, account }: HashCaller): Promise<void> | undefined => {
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
  const inTurn = async <T>(from: HashCaller, work: () => Promise<T>): Promise<T> => {
    await turn(from);
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - begun) / 1000;
      meanSeconds += (seconds - meanSeconds) * MEAN_WEIGHT;
      observeSeconds(seconds);
      const next = line.next();
      if (next) next.begin();
      else running--;
    }
  };
  return {
    hash: (password, from = UNKNOWN) => inTurn(from, () => passwordHash.hash(password)),
    verify: (hash, password, from = UNKNOWN) => inTurn(from, () => passwordHash.verify(hash, password)),
    isWeak: (hash) => passwordHash.isWeak(hash),
    get waiting() {
      return line.length;
    },
  };
}

/** Makes and checks password hashes, in turn. */
export type HasPasswords = { passwords: HashQueue };
