/** Hashes and verifies passwords. */
export type PasswordHash = {
  hash(password: string): Promise<string>;
  /** Whether `hash` belongs to `password`. False for a malformed hash. */
  verify(hash: string, password: string): Promise<boolean>;
  /** Whether a hash is weaker than a new one. It should then be replaced at the next sign-in. */
  isWeak(hash: string): boolean;
};

/** R16: argon2id with OWASP's first recommended parameters. Memory in KiB. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** PHC strings: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}$/;

/** `$2b$`, cost, and 53 characters of salt and hash. `$2a$` and `$2y$` are equivalent for verifying. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Maximum memory (KiB) and threads of an imported argon2id hash. */
const MOST = { memoryCost: 256 * 1024, parallelism: 8 };

/** The costs that bcrypt defines: two to the power of the cost is the number of rounds. */
const BCRYPT_COSTS = { least: 4, most: 31 };

/**
 * Cost of verifying a bcrypt hash of cost 10, in units of one hash of ours (28 ms on a shared core). Measured,
 * as the minimum of 4 to 20 runs: bcrypt cost 8: 1.2, 10: 4.8, 11: 9.1, 12: 19, 13: 43; argon2id with 64 MiB
 * and one pass: 1.6, 64 MiB and three: 6.5, 128 MiB and three: 11, 256 MiB and three: 18. So bcrypt doubles
 * with each step, and argon2id grows with memory times passes.
 */
const BCRYPT_10 = 4.8;

/**
 * Maximum cost of verifying an imported hash, in units of one hash of ours: bcrypt up to cost 12, argon2id up
 * to 256 MiB and three passes. With higher costs a few sign-ins would delay all others (R17).
 */
export const MOST_HASH_COST = 21;

/** Native code, loaded on first use, so that the server starts faster. */
const argon2 = () => import("@node-rs/argon2");
const bcrypt = () => import("@node-rs/bcrypt");

/** Hashes with argon2id. Verifies argon2id and imported bcrypt hashes. */
export const argon2id: PasswordHash = {
  hash: async (password) => await (await argon2()).hash(password, PARAMETERS),
  verify: async (stored, password) => {
    const cost = hashCost(stored);
    // An imported hash may be well-formed and still damaged. Then no password matches.
    const right = cost !== undefined && cost <= MOST_HASH_COST
      ? await compare(stored, password).catch(() => undefined)
      : undefined;
    if (right !== undefined) return right;
    await compare(DUMMY_HASH, password);
    return false;
  },
  isWeak: (stored) => {
    const [, memory, time] = ARGON2ID.exec(stored) ?? [];
    return !(Number(memory) >= PARAMETERS.memoryCost && Number(time) >= PARAMETERS.timeCost);
  },
};

async function compare(stored: string, password: string): Promise<boolean> {
  if (!BCRYPT.test(stored)) return await (await argon2()).verify(stored, password);
  const right = await (await bcrypt()).verify(password, stored);
  // bcrypt repeats the password, separated by NUL, so "a" and "a\0a" match the same hash.
  return right && !password.includes("\0");
}

/**
 * Returns the cost of verifying this hash, in units of one hash of ours. Computed from its parameters, so that
 * all instances and the command line agree. Undefined for a malformed hash; infinite if it needs more memory or
 * threads than allowed.
 */
export function hashCost(stored: string): number | undefined {
  const rounds = BCRYPT.exec(stored)?.[1];
  if (rounds !== undefined) {
    const known = Number(rounds) >= BCRYPT_COSTS.least && Number(rounds) <= BCRYPT_COSTS.most;
    return known ? BCRYPT_10 * 2 ** (Number(rounds) - 10) : undefined;
  }
  const [memory = 0, time = 0, parallelism = 0] = ARGON2ID.exec(stored)?.slice(1).map(Number) ?? [];
  // RFC 9106 §3.1: at least one thread, one pass, and 8 KiB per thread.
  if (time === 0 || parallelism === 0 || memory < 8 * parallelism) return undefined;
  if (memory > MOST.memoryCost || parallelism > MOST.parallelism) return Infinity;
  return memory * time / (PARAMETERS.memoryCost * PARAMETERS.timeCost);
}

/** bcrypt ignores a password's bytes after this many. */
const BCRYPT_BYTES = 72;

/**
 * Whether a matching `password` is proven completely. bcrypt only compares 72 bytes: a longer password may be
 * wrong after them, and one of exactly 72 may be a prefix of the real one.
 */
export function provesWhole(stored: string, password: string): boolean {
  return !BCRYPT.test(stored) || new TextEncoder().encode(password).length < BCRYPT_BYTES;
}

/**
 * A hash without a known password. Sign-ins with an unknown name are checked against it, so that they take as
 * long as others.
 */
export const DUMMY_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$1aWfXqhue+sscqPDopeSzA$rkJpw6sFqMFZVwzqsH1VdWlXZ1Vv0GcNVeSPpdZkPXo";
