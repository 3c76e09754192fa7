/** Makes and checks hashes of passwords, in whatever way. */
export type PasswordHash = {
  hash(password: string): Promise<string>;
  /** Whether `hash` was made of `password`. False for what is no hash. */
  verify(hash: string, password: string): Promise<boolean>;
  /** Whether a hash is of a weaker kind than `hash` makes now, and should be replaced when the password is at hand. */
  isWeak(hash: string): boolean;
};

/** R16: argon2id with OWASP's first choice of parameters; the memory is in KiB. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** PHC strings: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}$/;

/** `$2b$`, its cost, and 53 characters of salt and hash; `$2a$` and `$2y$` are the same for all that we check. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** KiB and threads of an imported argon2id hash. */
const MOST = { memoryCost: 256 * 1024, parallelism: 8 };

/** Costs that bcrypt defines: two to this many rounds. */
const BCRYPT_COSTS = { least: 4, most: 31 };

/**
 * What a bcrypt hash of cost 10 takes, in hashes of our own. The least times of 4 to 20 runs on a shared core, in
 * hashes of our own (28 ms there): bcrypt cost 8: 1.2, 10: 4.8, 11: 9.1, 12: 19, 13: 43; argon2id of 64 MiB and one
 * pass: 1.6, of 64 MiB and three: 6.5, of 128 MiB and three: 11, of 256 MiB and three: 18. So bcrypt doubles with
 * each step, and argon2id grows with memory times passes.
 */
const BCRYPT_10 = 4.8;

/**
 * What checking an imported hash may cost, in hashes of our own: bcrypt up to cost 12, and argon2id up to 256 MiB and
 * three passes. Beyond it a few sign-ins would keep everybody else waiting (R17).
 */
export const MOST_HASH_COST = 21;

/** Native code, loaded with the first password: a server that starts has none to check yet. */
const argon2 = () => import("@node-rs/argon2");
const bcrypt = () => import("@node-rs/bcrypt");

/** argon2id, and bcrypt for hashes that were imported. */
export const argon2id: PasswordHash = {
  hash: async (password) => await (await argon2()).hash(password, PARAMETERS),
  verify: async (stored, password) => {
    const cost = hashCost(stored);
    // What was imported may have the right form and be damaged all the same: then no password fits.
    const right = cost !== undefined && cost <= MOST_HASH_COST
      ? await compare(stored, password).catch(() => undefined)
      : undefined;
    if (right !== undefined) return right;
    await compare(NOBODYS_HASH, password);
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
  // bcrypt repeats the password with a NUL between: to it, "a" and "a\0a" are the same.
  return right && !password.includes("\0");
}

/**
 * What checking this hash costs, in hashes of our own: from its parameters alone, so that every instance and the
 * command line agree. Undefined for what is no hash that can be checked, and
 * infinite for one that needs more memory or threads than we give.
 */
export function hashCost(stored: string): number | undefined {
  const rounds = BCRYPT.exec(stored)?.[1];
  if (rounds !== undefined) {
    const known = Number(rounds) >= BCRYPT_COSTS.least && Number(rounds) <= BCRYPT_COSTS.most;
    return known ? BCRYPT_10 * 2 ** (Number(rounds) - 10) : undefined;
  }
  const [memory = 0, time = 0, parallelism = 0] = ARGON2ID.exec(stored)?.slice(1).map(Number) ?? [];
  // RFC 9106 §3.1: a thread and a pass at least, and 8 KiB for each thread.
  if (time === 0 || parallelism === 0 || memory < 8 * parallelism) return undefined;
  if (memory > MOST.memoryCost || parallelism > MOST.parallelism) return Infinity;
  return memory * time / (PARAMETERS.memoryCost * PARAMETERS.timeCost);
}

/** Bytes of a password that bcrypt looks at: of one that has as many, others may follow. */
const BCRYPT_BYTES = 72;

/**
 * Whether a hash that `password` was right for is of all of it. bcrypt looks at 72 bytes: a longer password may be
 * wrong behind them, and one of exactly 72 may be the beginning of the owner's.
 */
export function provesWhole(stored: string, password: string): boolean {
  return !BCRYPT.test(stored) || new TextEncoder().encode(password).length < BCRYPT_BYTES;
}

/**
 * A hash that nobody has the password of. Whoever names an unknown user is checked against it, so that the answer
 * takes as long.
 */
export const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$1aWfXqhue+sscqPDopeSzA$rkJpw6sFqMFZVwzqsH1VdWlXZ1Vv0GcNVeSPpdZkPXo";
