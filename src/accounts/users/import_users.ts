import { InvalidInput } from "../../lib/errors.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import { firstIdAt, idBytes, idOfBytes } from "../../lib/ids.ts";
import { hashCost, MOST_HASH_COST } from "../../lib/password_hash.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import {
  findClaimed,
  findHolders,
  findOwned,
  type Holder,
  type ImportedUser,
  insertUsers,
  lockImports,
} from "./import_store.ts";
import { parseEmail, parseUsername } from "./names.ts";
import { lockEmail } from "./address_store.ts";

/** A user of another system, as an operator brings them. `null` is as good as absent. */
export type ImportUser = {
  username?: string | null | undefined;
  email?: string | null | undefined;
  /** Whether the other system knows that the address is theirs. */
  emailVerified?: boolean | null | undefined;
  name?: string | null | undefined;
  /** argon2id or bcrypt. Without one they need a way in besides a password. */
  passwordHash?: string | null | undefined;
  /** The import's own time without it. */
  createdAt?: Date | null | undefined;
  disabled?: boolean | null | undefined;
};

/** Who brings the users. */
export type Importer = {
  origin: Origin;
  /** Whether they may say that a password and an address are the same person's: the role REVEAL. */
  vouches: boolean;
};

/** What became of a user: added, there already, or neither, and why. */
export type ImportOutcome = "added" | "existing" | { reason: string };

/** Users in one transaction: enough to be fast, and few enough that nobody waits long behind it. */
export const MOST_IMPORTED = 1_000;

/** Characters of a person's name. */
const MOST_NAME = 200;

type ImportServices = HasClock & HasEventLog & HasRandom;

/**
 * Adds users, up to a thousand in one transaction, and tells for each, in this order, what became of them. One that is
 * there already is left as it is: somebody has the username and the address that are given (proven, when it is given
 * as verified), or, where no username is given, the address. One that is malformed, or whose username or verified
 * address is another's, is not added; nor, unless the importer vouches, is one with a password and a verified address, for whoever
 * knows the one need not have the other (R54). None keeps the others from being so. Throws `InvalidInput` for more.
 */
export async function importUsers(
  services: ImportServices,
  { origin, vouches }: Importer,
  users: readonly ImportUser[],
): Promise<ImportOutcome[]> {
  if (users.length > MOST_IMPORTED) {
    throw new InvalidInput(`Cannot import: there are more than ${MOST_IMPORTED} users`, "Send fewer at once");
  }
  const checked = users.map((user) => check(services, vouches, user));
  const sound = checked.filter((each) => "id" in each);
  const became = await inTransaction(services, (tx) => addUsers(tx, origin, sound));
  return checked.map((each) => "id" in each ? became.get(each.id) ?? "existing" : each);
}

/** Adds those who are not there. Whoever loses a name to somebody who registers meanwhile is judged once more. */
async function addUsers(
  tx: Tx<ImportServices>,
  origin: Origin,
  users: readonly ImportedUser[],
): Promise<Map<string, ImportOutcome>> {
  const outcomes = new Map<string, ImportOutcome>();
  if (users.length === 0) return outcomes;
  await lockImports(tx.db);
  await lockClaims(tx, users);
  for (let lost = true; lost;) {
    const open = users.filter(({ id }) => outcomes.get(id) !== "added");
    const taken = await findTaken(tx, open);
    const fresh = open.filter((user) => {
      const outcome = judge(user, taken);
      if (outcome === "added") take(user, taken);
      else outcomes.set(user.id, outcome);
      return outcome === "added";
    });
    const stored = await insertUsers(tx.db, fresh);
    stored.forEach((id) => outcomes.set(id, "added"));
    lost = stored.size < fresh.length;
  }
  const added = users.filter(({ id }) => outcomes.get(id) === "added");
  for (const { id } of added) recordEvent(tx, "user.imported", origin, { userId: id }, {});
  return outcomes;
}

/** Nobody proves, until the transaction ends, an address that comes as somebody else's verified one. */
async function lockClaims(tx: Tx<ImportServices>, users: readonly ImportedUser[]): Promise<void> {
  const verified = users.flatMap(({ email, emailVerifiedAt }) => email && emailVerifiedAt ? email.key : []);
  for (const key of await findClaimed(tx.db, verified)) await lockEmail(tx.db, key);
}

/** Which of the names are somebody's: stored, or earlier in the same transaction. */
type Taken = { usernames: Map<string, Holder>; proven: Set<string>; claimed: Set<string> };

async function findTaken(tx: Tx<ImportServices>, users: readonly ImportedUser[]): Promise<Taken> {
  const usernames = await findHolders(tx.db, users.flatMap(({ username }) => username?.key ?? []));
  return { usernames, ...await findOwned(tx.db, users.flatMap(({ email }) => email?.key ?? [])) };
}

function take({ username, email, emailVerifiedAt }: ImportedUser, taken: Taken): void {
  const proven = emailVerifiedAt !== null;
  if (username) taken.usernames.set(username.key, { emailKey: email?.key ?? null, proven });
  if (email && proven) taken.proven.add(email.key);
  else if (email && !username) taken.claimed.add(email.key);
}

function judge({ username, email, emailVerifiedAt }: ImportedUser, taken: Taken): ImportOutcome {
  const holder = username && taken.usernames.get(username.key);
  if (holder) {
    const same = !email || (holder.emailKey === email.key && (holder.proven || !emailVerifiedAt));
    return same
      ? "existing"
      : { reason: "the username is taken by somebody who has not this e-mail address" };
  }
  const proven = email !== null && taken.proven.has(email.key);
  if (username) {
    return proven && emailVerifiedAt ? { reason: "somebody else has verified this e-mail address" } : "added";
  }
  const claimed = email !== null && !emailVerifiedAt && taken.claimed.has(email.key);
  return proven || claimed ? "existing" : "added";
}

/** The user as they will be stored, or what is wrong with them. */
function check(
  services: ImportServices,
  vouches: boolean,
  user: ImportUser,
): ImportedUser | { reason: string } {
  try {
    return toImportedUser(services, vouches, user);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { actionRequired } = error.remedy;
    return { reason: actionRequired ? `${error.message}. ${actionRequired}` : error.message };
  }
}

/** Throws `InvalidInput`. */
function toImportedUser({ now, random }: ImportServices, vouches: boolean, user: ImportUser): ImportedUser {
  const username = user.username == null ? null : parseUsername(user.username);
  const email = user.email == null ? null : parseEmail(user.email);
  if (!username && !email) throw new InvalidInput("there is neither a username nor an e-mail address");
  if (user.emailVerified && !email) {
    throw new InvalidInput("emailVerified is set, and there is no e-mail address");
  }
  if (user.emailVerified && user.passwordHash != null && !vouches) {
    throw new InvalidInput(
      "a verified address together with a password needs an operator token with the role REVEAL",
      "Use one, or leave out emailVerified or passwordHash",
    );
  }
  const at = now();
  const createdAt = user.createdAt ?? at;
  if (!(createdAt.getTime() >= 0 && createdAt <= at)) {
    throw new InvalidInput("createdAt is not between 1970 and now");
  }
  return {
    id: newIdAt(createdAt, random),
    username,
    email,
    emailVerifiedAt: user.emailVerified ? at : null,
    name: user.name == null ? null : checkName(user.name),
    passwordHash: user.passwordHash == null ? null : checkHash(user.passwordHash),
    createdAt,
    disabledAt: user.disabled ? at : null,
    unvouched: !vouches && email !== null && user.passwordHash != null,
  };
}

function checkName(text: string): string {
  const name = text.trim();
  const length = [...name].length;
  if (length === 0 || length > MOST_NAME || !name.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new InvalidInput(`name is not 1 to ${MOST_NAME} characters without control characters`);
  }
  return name;
}

function checkHash(hash: string): string {
  const cost = hashCost(hash);
  if (cost === undefined) {
    throw new InvalidInput(
      "passwordHash is not a hash that can be checked here",
      "Bring argon2id ($argon2id$v=19$…) or bcrypt ($2b$…), never a password itself; or leave it out",
    );
  }
  if (cost > MOST_HASH_COST) {
    throw new InvalidInput(
      "passwordHash takes too long to check at each sign-in",
      `Bring bcrypt up to cost 12, or argon2id up to 256 MiB and three passes; or leave it out, and the user sets a new password`,
    );
  }
  return hash;
}

const VERSION_7 = 0x70;
const RFC_9562 = 0x80;

/** An id as it would have been made at `at`: users are listed in the order of their ids, which is that of creation. */
function newIdAt(at: Date, random: HasRandom["random"]): string {
  const bytes = idBytes(firstIdAt("usr", at));
  bytes.set(random(10), 6);
  bytes[6] = VERSION_7 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = RFC_9562 | ((bytes[8] ?? 0) & 0x3f);
  return idOfBytes("usr", bytes);
}
