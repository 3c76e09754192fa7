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

/** What an imported hash may cost us: beyond it one sign-in would be an attack. KiB, passes, threads, rounds as 2^n. */
const MOST = { memoryCost: 256 * 1024, timeCost: 20, parallelism: 8, bcryptCost: 15 };

/** Native code, loaded with the first password: a server that starts has none to check yet. */
const argon2 = () => import("@node-rs/argon2");
const bcrypt = () => import("@node-rs/bcrypt");

/** argon2id, and bcrypt for hashes that were imported. */
export const argon2id: PasswordHash = {
  hash: async (password) => await (await argon2()).hash(password, PARAMETERS),
  verify: async (stored, password) => {
    if (!isKnownHash(stored)) return false;
    const checked = BCRYPT.test(stored)
      ? (await bcrypt()).verify(password, stored)
      : (await argon2()).verify(stored, password);
    // What was imported may have the right form and be damaged all the same: then no password fits.
    return await checked.catch(() => false);
  },
  isWeak: (stored) => {
    const [, memory, time] = ARGON2ID.exec(stored) ?? [];
    return !(Number(memory) >= PARAMETERS.memoryCost && Number(time) >= PARAMETERS.timeCost);
  },
};

/** Whether this is a hash that can be checked, at a price we pay. */
export function isKnownHash(stored: string): boolean {
  const [, cost] = BCRYPT.exec(stored) ?? [];
  if (cost !== undefined) return Number(cost) >= 4 && Number(cost) <= MOST.bcryptCost;
  const [, memory, time, parallelism] = ARGON2ID.exec(stored) ?? [];
  return Number(memory) <= MOST.memoryCost && Number(time) <= MOST.timeCost && Number(time) > 0 &&
    Number(parallelism) <= MOST.parallelism && Number(parallelism) > 0;
}

/**
 * A hash that nobody has the password of. Whoever names an unknown user is checked against it, so that the answer
 * takes as long.
 */
export const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$1aWfXqhue+sscqPDopeSzA$rkJpw6sFqMFZVwzqsH1VdWlXZ1Vv0GcNVeSPpdZkPXo";
